#pragma once

#include <aisle/codec/compression/decompressor.hpp>

#include <algorithm>
#include <cassert>
#include <string>

namespace aisle::codec {

/// The common part of all formats: counts compressed bytes, keeps returning `end` or `failed` once reached, and detects
/// a truncated stream.
class streaming_decompressor : public decompressor {
public:
    expansion expand(std::span<std::byte const> input, std::span<std::byte> output) final {
        assert(!output.empty());
        expansion done;
        if (failed_) {
            done.status = expansion_status::failed;
        } else if (ended_) {
            done.status = expansion_status::end;
        } else {
            done = advance(input, output);
            ended_ = done.status == expansion_status::end;
            read_ += done.consumed;
        }
        return done;
    }

    bool finish() final {
        if (failed_) return false;
        if (ended_ || is_whole()) return true;
        fail(errc::truncated_archive, read_, stops());
        return false;
    }

    void reset() final {
        read_ = 0;
        failed_ = ended_ = false;
        failure_ = {};
        restart();
    }

protected:
    /// expand(), unless the stream has ended or failed. Reports a failure by fail() and by the status.
    virtual expansion advance(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// Whether the stream is complete here, although more could follow.
    virtual bool is_whole() const noexcept = 0;
    /// reset() of the format's own state.
    virtual void restart() = 0;
    /// The error text for a stream that is truncated here.
    virtual std::string stops() const = 0;

    /// Compressed bytes consumed before this call of advance().
    std::uint64_t bytes_read() const noexcept { return read_; }
    bool has_failed() const noexcept { return failed_; }

    /// at: in compressed bytes.
    void fail(errc code, std::uint64_t at, std::string text) {
        failure_ = error(code, stage::archive, std::move(text));
        failure_.offset = at;
        failed_ = true;
    }

private:
    std::uint64_t read_ = 0;
    bool failed_ = false;
    bool ended_ = false;
};

/// Limits a buffer to the 32-bit size that the libraries take in one call.
template <class Byte>
std::span<Byte> portion(std::span<Byte> bytes) noexcept {
    return bytes.first(std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
}

}  // namespace aisle::codec
