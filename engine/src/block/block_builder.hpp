#pragma once

#include "block_list.hpp"

#include <aisle/recycler.hpp>
#include <aisle/segments.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace aisle::detail {

/// How blocks are made, from the stream's options.
struct block_options {
    std::size_t detach_below = 0;
    /// Payloads are joined to one run as they arrive, not when the consumer first needs one.
    bool joins_runs = false;
};

/// Groups the samples of one batch, in order, into blocks: consecutive samples from one slab and one response form one
/// block. Sans-IO.
class block_builder {
public:
    block_builder(std::uint64_t batch, block_options how) noexcept : batch_(batch), how_(how) {}

    /// bytes: the payload, in the slab `in`; null if the payload is empty.
    void deliver(std::uint32_t entry, std::shared_ptr<answer const> const& by, segments& bytes, slab_ref const& in);
    /// status: missing or failed. by: the latest response.
    void refuse(std::uint32_t entry, std::shared_ptr<answer const> const& by, sample_status status,
                std::shared_ptr<error const> why);

    bool empty() const noexcept { return done_.empty() && records_.empty(); }
    /// All blocks so far. Throws std::bad_alloc.
    block_list take() {
        close();
        return std::move(done_);
    }

private:
    /// in: the payload's slab; null if there is none.
    void continue_with(std::shared_ptr<answer const> const& by, slab_ref const* in);
    void close();

    std::uint64_t batch_;
    block_options how_;
    block_list done_;
    // The block under construction. The vectors keep their memory.
    std::shared_ptr<answer const> by_;
    slab_ref slab_;
    recycled_vector<sample_record> records_;
    recycled_vector<std::span<std::byte>> runs_;
    std::vector<std::shared_ptr<error const>> whys_;
};

}  // namespace aisle::detail
