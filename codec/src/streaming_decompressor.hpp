#pragma once

#include <aisle/codec/decompressor.hpp>

#include <algorithm>
#include <cassert>
#include <string>

namespace aisle::codec {

/// What every format's decompressor does alike: counts compressed bytes, stays at its end or at its failure, and knows
/// a cut stream.
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
    /// expand(), when neither at the end nor failed. A failure is told by fail() and the status.
    virtual expansion advance(std::span<std::byte const> input, std::span<std::byte> output) = 0;
    /// Whether the stream may stop here, though it could go on.
    virtual bool is_whole() const noexcept = 0;
    /// reset() of what the format keeps.
    virtual void restart() = 0;
    /// What a stream that is cut here lacks, in words.
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

/// The libraries count in 32 bits: what they are given at one time.
template <class Byte>
std::span<Byte> portion(std::span<Byte> bytes) noexcept {
    return bytes.first(std::min<std::size_t>(bytes.size(), std::size_t{1} << 30));
}

}  // namespace aisle::codec
