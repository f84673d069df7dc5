#pragma once

#include "block.hpp"

#include <aisle/segments.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace aisle::detail {

/// How blocks are made, as the stream asks.
struct block_options {
    std::size_t detach_below = 0;
    /// Payloads are joined to one run as they arrive, not when the consumer asks for one.
    bool joins_runs = false;
};

/// Puts the samples of one batch, as they come in order, into blocks: what follows one another in one slab and comes
/// from one answer becomes one block. Sans-IO.
class block_builder {
public:
    block_builder(std::uint64_t batch, block_options how) noexcept : batch_(batch), how_(how) {}

    /// bytes: the payload, in the slab `in`; null where the payload is empty.
    void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes, slab_ref const& in);
    /// status: missing or failed. by: who answered last.
    void refuse(std::uint32_t entry, std::shared_ptr<answer const> const& by, sample_status status,
                std::shared_ptr<error const> why);

    bool empty() const noexcept { return done_.empty() && records_.empty(); }
    /// All blocks so far, to be emptied by whoever hands them on.
    std::vector<sample_block>& take() {
        close();
        return done_;
    }

private:
    /// in: where the payload lies; null for one that lies nowhere.
    void continue_with(std::shared_ptr<answer const> const& by, slab_ref const* in);
    void close();

    std::uint64_t batch_;
    block_options how_;
    std::vector<sample_block> done_;
    // The block that is being made. The vectors keep their memory.
    std::shared_ptr<answer const> by_;
    slab_ref slab_;
    std::vector<sample_record> records_;
    std::vector<std::span<std::byte>> runs_;
    std::vector<std::shared_ptr<error const>> whys_;
};

}  // namespace aisle::detail
