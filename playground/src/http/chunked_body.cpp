#include "chunked_body.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace aisle::playground {
namespace {

constexpr std::size_t chunk_buffer_bytes = 2048;       // net/http: bufferBeforeChunkingSize
constexpr std::size_t connection_buffer_bytes = 4096;  // net/http: size of the connection's bufio.Writer
constexpr std::size_t open_line_bytes = 5;             // "800\r\n": the largest chunk the buffer makes
constexpr std::size_t first_capacity = 256 * 1024;

struct size_line {
    std::array<char, 18> text{};
    std::size_t size = 0;

    explicit size_line(std::size_t n) {
        auto* const end = std::to_chars(text.data(), text.data() + 16, n, 16).ptr;
        end[0] = '\r';
        end[1] = '\n';
        size = static_cast<std::size_t>(end + 2 - text.data());
    }
    std::string_view view() const { return {text.data(), size}; }
};

}  // namespace

chunked_body::chunked_body(framing how) : bytes_(first_capacity), framing_(how) {}

void chunked_body::restart(framing how) {
    framing_ = how;
    open_bytes_ = 0;
    body_bytes_ = 0;
}

std::span<std::byte> chunked_body::grow(std::size_t size) {
    if (bytes_.size() - end_ < size) bytes_.resize(std::max(2 * bytes_.size(), end_ + size));
    auto const at = end_;
    end_ += size;
    return {bytes_.data() + at, size};
}

void chunked_body::put(std::string_view text) {
    std::memcpy(grow(text.size()).data(), text.data(), text.size());
}

void chunked_body::head(std::string_view text) {
    put(text);
    connection_buffer_ = 0;
}

void chunked_body::write(std::span<std::byte const> data) {
    auto const to = reserve(data.size());
    if (!to.first.empty()) std::memcpy(to.first.data(), data.data(), to.first.size());
    if (!to.second.empty()) std::memcpy(to.second.data(), data.data() + to.first.size(), to.second.size());
}

void chunked_body::write(std::string_view text) {
    write(std::as_bytes(std::span(text.data(), text.size())));
}

chunked_body::place chunked_body::reserve(std::size_t size) {
    if (size == 0) return {};
    body_bytes_ += size;
    if (framing_ == framing::none) return {grow(size), {}};

    // Reserve all space before creating spans: growing moves the bytes.
    if (size <= chunk_buffer_bytes - open_bytes_) {
        if (open_bytes_ == 0) open_chunk();
        open_bytes_ += size;
        return {grow(size), {}};
    }
    if (open_bytes_ == 0) return {direct_chunk(size), {}};

    auto const fill = chunk_buffer_bytes - open_bytes_;
    auto const first_at = end_;
    grow(fill);
    open_bytes_ = chunk_buffer_bytes;
    close_chunk();
    auto const rest = size - fill;
    std::span<std::byte> second;
    if (rest > chunk_buffer_bytes) {
        second = direct_chunk(rest);
    } else {
        open_chunk();
        open_bytes_ = rest;
        second = grow(rest);
    }
    return {std::span(bytes_.data() + first_at, fill), second};
}

void chunked_body::open_chunk() {
    open_ = end_;
    grow(open_line_bytes);
}

void chunked_body::close_chunk() {
    if (open_bytes_ == 0) return;
    size_line const line(open_bytes_);
    auto* const data = bytes_.data() + open_ + open_line_bytes;
    if (line.size < open_line_bytes) {
        // Only the last chunk of a response is this small, so the move is rare and at most 255 bytes long.
        std::memmove(data - (open_line_bytes - line.size), data, open_bytes_);
        end_ -= open_line_bytes - line.size;
    }
    std::memcpy(bytes_.data() + open_, line.text.data(), line.size);
    put("\r\n");
    through_connection_buffer(line.size);
    through_connection_buffer(open_bytes_);
    through_connection_buffer(2);
    open_bytes_ = 0;
}

std::span<std::byte> chunked_body::direct_chunk(std::size_t size) {
    size_line const line(size);
    put(line.view());
    auto const at = end_;
    grow(size);
    put("\r\n");
    through_connection_buffer(line.size);
    through_connection_buffer(size);
    through_connection_buffer(2);
    return {bytes_.data() + at, size};
}

// Like bufio.Writer.Write: a write that does not fit fills and flushes the buffer; a write that is larger than the
// empty buffer goes to the socket directly.
void chunked_body::through_connection_buffer(std::size_t size) noexcept {
    while (size > connection_buffer_bytes - connection_buffer_) {
        if (connection_buffer_ == 0) return;
        size -= connection_buffer_bytes - connection_buffer_;
        connection_buffer_ = 0;
    }
    connection_buffer_ += size;
}

void chunked_body::finish() {
    close_chunk();
    if (framing_ == framing::chunked) put("0\r\n\r\n");
    connection_buffer_ = 0;
}

void chunked_body::break_off() {
    close_chunk();
    connection_buffer_ = 0;
}

std::span<std::byte const> chunked_body::ready() const noexcept {
    return {bytes_.data() + begin_, (open_bytes_ == 0 ? end_ : open_) - begin_};
}

void chunked_body::sent(std::size_t n) noexcept {
    begin_ += n;
    if (open_bytes_ == 0) {
        if (begin_ == end_) begin_ = end_ = 0;
    } else if (begin_ == open_) {
        std::memmove(bytes_.data(), bytes_.data() + open_, end_ - open_);
        end_ -= open_;
        begin_ = open_ = 0;
    }
}

std::size_t chunked_body::resting_bytes() const noexcept {
    return std::min(connection_buffer_, ready().size());
}

}  // namespace aisle::playground
