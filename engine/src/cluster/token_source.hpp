#pragma once

#include <aisle/result.hpp>
#include <aisle/security.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::detail {

/// The bearer token for the cluster's proxies, from the credentials' text or file. One thread; each shard has its own.
/// Only its results contain the token, not its errors.
class token_source {
public:
    using clock = std::chrono::steady_clock;

    /// Does not read the file yet.
    explicit token_source(credentials from) : from_(std::move(from)) {}

    /// The value of the Authorization field, "Bearer ..."; empty if there is no token. Checks a file at most once a
    /// second, and reads it if it was replaced or has changed. A token stays in use until the file contains a valid
    /// one, because the file may be read while it is being replaced.
    /// Valid until the next call of this or refresh(): copy it. Errors: invalid_argument, naming the file.
    result<std::string_view> authorization(clock::time_point now = clock::now());

    /// After a 401 to a request with the token `refused`: true if there is another token now, which may be worth
    /// another attempt. Reads the file immediately, unless the token has changed since that request.
    bool refresh(std::string_view refused);

private:
    /// Identifies a version of a file.
    struct file_mark {
        std::uint64_t device = 0;
        std::uint64_t inode = 0;
        std::int64_t size = -1;
        std::int64_t seconds = 0;
        std::int64_t nanoseconds = 0;
        friend bool operator==(file_mark const&, file_mark const&) = default;
    };

    result<void> read();
    result<void> read_file();

    credentials from_;
    std::string value_;
    clock::time_point checked_at_{};
    file_mark seen_;
    bool checked_ = false;
};

}  // namespace aisle::detail
