#pragma once

#include <aisle/result.hpp>
#include <aisle/security.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::detail {

/// The bearer token that goes to the cluster's proxies, from the credentials' text or file. One thread; each shard has
/// its own. Nothing it says, errors included, contains the token but what is asked for it.
class token_source {
public:
    using clock = std::chrono::steady_clock;

    /// Reads nothing yet.
    explicit token_source(credentials from) : from_(std::move(from)) {}

    /// The value of the Authorization field, "Bearer ..."; empty when there is no token. A file is looked at once a
    /// second at most, and read when it is another one than before or has changed. Once a token was read, it is used
    /// until the file has a good one: files are looked at while they are being replaced.
    /// Valid until the next call of this or refresh(): copy it. Errors: invalid_argument, naming the file.
    result<std::string_view> authorization(clock::time_point now = clock::now());

    /// After a 401 to a request that bore `refused`: true when there is another token now, which may be worth another
    /// attempt. Reads the file at once, unless the token has changed since that request already.
    bool refresh(std::string_view refused);

private:
    /// What tells a file from itself after a change.
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
    clock::time_point looked_at_{};
    file_mark seen_;
    bool looked_ = false;
};

}  // namespace aisle::detail
