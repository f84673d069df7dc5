#include <aisle/receive_buffer.hpp>

#include <algorithm>
#include <cstring>

namespace aisle {
namespace {

// Bytes that a payload takes on the wire, including its chunk lines: AIStore's chunks have 2 to 32 KiB and a line of 8
// bytes. An estimate; if it is too low, the bytes are moved once more.
std::size_t on_the_wire(std::size_t payload_bytes) noexcept {
    return payload_bytes + payload_bytes / 512 + 256;
}

constexpr std::size_t around_payload_bytes = 1024;  // an archive's header and padding

}  // namespace

receive_buffer::receive_buffer(slab_pool& pool, std::size_t slab_bytes, std::size_t read_bytes) noexcept
    : pool_(&pool),
      slab_bytes_(std::max(slab_bytes, 2 * min_read_bytes)),
      read_bytes_(std::max(read_bytes, std::size_t{1})) {}

std::span<std::byte> receive_buffer::unparsed() const noexcept {
    if (!slab_) return {};
    return {slab_->data() + parsed_, end_ - parsed_};
}

void receive_buffer::release() noexcept {
    slab_ = {};
    parsed_ = end_ = 0;
}

std::span<std::byte> receive_buffer::prepare(partial_payload& hold) {
    if (!slab_) slab_ = pool_->acquire(slab_bytes_);
    auto const held = held_block(hold);
    // The content is not needed any more: reuse the same memory, which is still in the cache.
    if (held.empty() && parsed_ == end_ && slab_->unique()) {
        slab_->notes().reset();
        parsed_ = end_ = 0;
    }

    leave_oversized(held.empty(), hold.rest);

    bool const trusted = hold.rest <= trusted_bytes && on_the_wire(held.size() + hold.rest) <= trusted_bytes;
    bool const foreseen = hold.next >= dear_to_move_bytes && hold.next <= largest_shared_bytes / 2;
    std::size_t const following =
        foreseen ? on_the_wire(static_cast<std::size_t>(hold.next) + around_payload_bytes) : 0;
    std::size_t const coming = hold.rest == 0 ? following : on_the_wire(static_cast<std::size_t>(hold.rest));
    std::size_t const wanted = trusted ? std::max(min_read_bytes, coming) : min_read_bytes;
    if (slab_->capacity() - end_ < wanted) {
        std::size_t const kept = held.size() + unparsed().size();
        // At least half of the moved bytes, so that all moves together stay linear in the bytes that arrive.
        std::size_t const fresh = std::max(wanted, kept / 2);
        std::size_t const needed = std::max(slab_bytes_, trusted ? kept + fresh : std::max(trusted_bytes, 2 * kept));
        bool const alone = slab_->unique();
        if (alone && kept + fresh <= slab_->capacity()) {
            move_to(slab_, held, hold);
        } else if (alone && kept > slab_pool::cheap_copy_bytes) {
            move_to(slab_, held, hold);
            auto const* const before = slab_->data();
            pool_->enlarge(slab_, needed);
            if (!held.empty()) hold.bytes->relocate(before, slab_->data());
        } else {
            move_to(pool_->acquire(needed), held, hold);
        }
    }
    auto const limit = read_limit(held.size(), hold.rest, trusted ? following : 0);
    return {slab_->data() + end_, std::min(slab_->capacity() - end_, limit)};
}

// A slab that is large for one payload is not used for the small ones after it: one of them would keep all of it.
void receive_buffer::leave_oversized(bool nothing_held, std::uint64_t rest) {
    if (slab_->capacity() <= largest_shared_bytes || !nothing_held) return;
    auto const left = unparsed().size();
    partial_payload nothing;
    if (left + std::max<std::uint64_t>(rest, min_read_bytes) <= slab_bytes_)
        move_to(pool_->acquire(slab_bytes_), {}, nothing);
}

std::span<std::byte> receive_buffer::held_block(partial_payload const& hold) noexcept {
    if (hold.rest == 0 || !hold.bytes || hold.bytes->empty()) return {};
    auto const runs = hold.bytes->runs();
    return {runs.front().data(), runs.back().data() + runs.back().size()};
}

std::size_t receive_buffer::read_limit(std::size_t held, std::uint64_t rest, std::size_t following) const noexcept {
    std::size_t const coming = rest == 0 ? 0 : on_the_wire(static_cast<std::size_t>(rest));
    if (following != 0) {
        auto const behind = slab_->capacity() - end_ - coming;
        return std::min(read_bytes_, std::max(min_read_bytes, coming + behind / following * following));
    }
    // A large payload is read to its end and not far beyond: bytes of the next one would probably not fit after it, and
    // would have to be moved as soon as its size is known.
    if (rest == 0 || rest > read_bytes_ || held + rest < read_bytes_) return read_bytes_;
    return std::min(read_bytes_, coming);
}

void receive_buffer::move_to(slab_ref next, std::span<std::byte> held, partial_payload& hold) noexcept {
    auto const left = unparsed();
    if (!held.empty()) {
        std::memmove(next->data(), held.data(), held.size());
        hold.bytes->relocate(held.data(), next->data());
    }
    // The unparsed bytes follow the held bytes in both places, so the first move does not overwrite them.
    if (!left.empty()) std::memmove(next->data() + held.size(), left.data(), left.size());
    slab_ = std::move(next);
    parsed_ = held.size();
    end_ = parsed_ + left.size();
}

}  // namespace aisle
