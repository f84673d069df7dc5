#pragma once

#include "batch_ledger.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace aisle::detail {

/// How much of a batch is asked for at a time, as its troubles have taught. Sans-IO.
class request_scope {
public:
    /// What to ask for next.
    struct wish {
        std::vector<std::uint32_t> entries;
        bool plain = false;  ///< one entry, as an object
    };

    /// The first open entries, as many as fit into most_bytes by what bytes_of() expects of each, at least one.
    wish next(batch_ledger const& ledger, std::size_t most_bytes,
              std::function<std::size_t(entry const&)> const& bytes_of) const;

    /// Of `asked` entries some was too much: half of them at a time.
    void halve(std::size_t asked) noexcept { span_ = asked > 1 ? asked / 2 : 1; }
    void one_bucket_at_a_time() noexcept { by_bucket_ = true; }
    /// The first open entry as an object, until it is answered.
    void one_as_object() noexcept {
        plain_ = true;
        ++plain_gets_;
    }
    /// The entry asked for as an object is answered, one way or the other.
    void object_done() noexcept {
        plain_ = false;
        plain_gets_ = 0;
    }
    /// A request was answered wholly: twice as many the next time.
    void widen() noexcept {
        if (span_ <= std::numeric_limits<std::size_t>::max() / 2) span_ *= 2;
    }
    unsigned plain_gets() const noexcept { return plain_gets_; }

private:
    std::size_t span_ = std::numeric_limits<std::size_t>::max();
    bool by_bucket_ = false;
    bool plain_ = false;
    unsigned plain_gets_ = 0;
};

}  // namespace aisle::detail
