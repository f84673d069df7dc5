#pragma once

#include "answer.hpp"
#include "payload_intake.hpp"

#include <aisle/error.hpp>

#include <cstdint>
#include <memory>

namespace aisle::detail {

/// Receives what the reader of a response finds, entry by entry. An entry is its index in the batch.
class entry_listener {
public:
    /// False once the entry is answered: its bytes are no longer needed.
    virtual bool is_open(std::uint32_t entry) const = 0;
    /// Its payload, complete and checked, in the slab `in`.
    virtual void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes,
                         slab_ref const& in) = 0;
    /// The server reports that it does not have the entry; its message is in the error.
    virtual void missing(std::uint32_t entry, error why) = 0;
    /// Its payload arrived and is wrong. The response continues.
    virtual void bad_payload(std::uint32_t entry, error why) = 0;

    /// About a megabyte more was decompressed without a read in between. True: pause decompression.
    virtual bool expanded() { return false; }

protected:
    ~entry_listener() = default;
};

}  // namespace aisle::detail
