#pragma once

#include "batch_facts.hpp"
#include "plain_path.hpp"

#include <aisle/batch.hpp>

#include <string_view>

namespace aisle::detail {

/// check() of consecutive entries, which outlive it.
class entry_check {
public:
    entry_check() = default;
    /// For the entries of one batch.
    explicit entry_check(batch const& of) noexcept
        : one_bucket_(batch_facts::one_bucket(of)), names_only_(batch_facts::names_only(of)) {}

    /// Errors: as check().
    result<void> operator()(entry const& e) {
        bool const good_bucket = one_bucket_ && !good_bucket_.empty();
        bool const usual = names_only_ && good_bucket && e.bucket.size() + e.object.size() <= max_name_bytes;
        if (usual && is_plain_path(e.object)) return {};
        return check_fully(e);
    }

private:
    result<void> check_fully(entry const& e);

    bool one_bucket_ = false;
    bool names_only_ = false;
    std::string_view good_bucket_;  // of the last valid entry; not parsed again
};

}  // namespace aisle::detail
