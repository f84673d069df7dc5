#include "archive_writer.hpp"

#include <algorithm>
#include <cstring>

namespace aisle::playground {

void archive_writer::begin_stream(chunked_body& out) noexcept {
    *this = archive_writer();
    out_ = &out;
}

void archive_writer::begin_pages(chunked_body& out, std::uint64_t archive_bytes) noexcept {
    begin_stream(out);
    paged_ = true;
    paged_bytes_ = archive_bytes;
}

void archive_writer::begin_collecting() noexcept {
    *this = archive_writer();
}

void archive_writer::set_limit(std::uint64_t bytes) noexcept {
    limit_ = std::min(limit_, bytes);
}

chunked_body::place archive_writer::place_for(std::size_t size) {
    if (out_) return out_->reserve(size);
    auto const had = collected_.size();
    collected_.resize(had + size);
    return {std::as_writable_bytes(std::span(collected_)).subspan(had), {}};
}

// Reserves space for the next bytes unless there is some; none at the limit. In a stream the space is as large as the
// write. In pages it is the rest of a page, which several writes fill.
bool archive_writer::make_room(std::size_t wanted) {
    if (settled()) {
        auto const end = paged_ ? std::min(paged_bytes_, limit_) : limit_;
        auto const most = paged_ ? page_bytes : wanted;
        window_ = place_for(static_cast<std::size_t>(std::min<std::uint64_t>(most, end - std::min(end, written_))));
    }
    return !settled();
}

void archive_writer::filled(std::size_t n) noexcept {
    written_ += n;
    auto const in_first = std::min(n, window_.first.size());
    window_.first = window_.first.subspan(in_first);
    window_.second = window_.second.subspan(n - in_first);
}

void archive_writer::put(std::string_view text) {
    while (!text.empty() && make_room(text.size())) {
        auto const& to = window_.first.empty() ? window_.second : window_.first;
        auto const n = std::min(to.size(), text.size());
        std::memcpy(to.data(), text.data(), n);
        filled(n);
        text.remove_prefix(n);
    }
}

bool archive_writer::copy(stored_object const& from, std::uint64_t offset, std::size_t size) {
    while (size > 0 && make_room(size)) {
        auto const first = window_.first.first(std::min(size, window_.first.size()));
        auto const second = window_.second.first(std::min(size - first.size(), window_.second.size()));
        auto const n = from.read(offset, first, second);
        auto const wanted = first.size() + second.size();
        if (n < wanted) {
            auto const in_first = std::min(n, first.size());
            std::ranges::fill(first.subspan(in_first), std::byte{0});
            std::ranges::fill(second.subspan(n - in_first), std::byte{0});
        }
        filled(wanted);
        if (n < wanted) return false;
        offset += n;
        size -= n;
    }
    return true;
}

}  // namespace aisle::playground
