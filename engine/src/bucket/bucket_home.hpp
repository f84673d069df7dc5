#pragma once

#include "../call/call_home.hpp"

#include <aisle/batch.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace aisle::detail {

/// The name of a bucket, and the engine that reaches it. Thread-safe.
class bucket_home : public call_home {
public:
    /// Throws aisle::exception for a name that read_bucket() rejects.
    bucket_home(std::weak_ptr<engine_impl> by, std::string uri);

    std::string const& uri() const noexcept { return uri_; }
    /// The object as an entry that was checked. Errors: those of check().
    result<entry> entry_of(std::string_view object, std::string archpath = {}, byte_range range = {}) const;

private:
    std::string const uri_;
};

}  // namespace aisle::detail
