#include "archive_writer.hpp"

#include <algorithm>
#include <cstring>

namespace aisle::playground {

void archive_writer::begin_stream() noexcept {
    *this = archive_writer();
}

void archive_writer::begin_pages(std::uint64_t archive_bytes) noexcept {
    *this = archive_writer();
    paged_ = true;
    paged_bytes_ = archive_bytes;
}

void archive_writer::set_limit(std::uint64_t bytes) noexcept {
    limit_ = std::min(limit_, bytes);
}

// A free place for what comes next, empty at the limit. In a stream a place is as large as the write asked for; in
// pages it is what is left of a page, and stays open over several writes.
std::span<std::byte> archive_writer::room(chunked_body& out, std::size_t wanted) {
    if (settled()) {
        auto const end = paged_ ? std::min(paged_bytes_, limit_) : limit_;
        auto const most = paged_ ? page_bytes : wanted;
        window_ = out.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(most, end - std::min(end, written_))));
    }
    auto& part = window_.first.empty() ? window_.second : window_.first;
    return part.first(std::min(part.size(), wanted));
}

void archive_writer::filled(std::size_t n) noexcept {
    auto& part = window_.first.empty() ? window_.second : window_.first;
    part = part.subspan(n);
    written_ += n;
}

void archive_writer::put(chunked_body& out, std::string_view text) {
    while (!text.empty()) {
        auto const to = room(out, text.size());
        if (to.empty()) return;
        std::memcpy(to.data(), text.data(), to.size());
        filled(to.size());
        text.remove_prefix(to.size());
    }
}

bool archive_writer::copy(chunked_body& out, stored_object const& from, std::uint64_t offset, std::size_t size) {
    while (size > 0) {
        auto const to = room(out, size);
        if (to.empty()) return true;
        auto const n = from.read(offset, to);
        if (n < to.size()) {
            std::memset(to.data() + n, 0, to.size() - n);
            filled(to.size());
            return false;
        }
        filled(n);
        offset += n;
        size -= n;
    }
    return true;
}

}  // namespace aisle::playground
