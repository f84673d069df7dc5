#include "payload_intake.hpp"

#include <string>

namespace aisle::detail {
namespace {

// Assumed size of what is still to be decompressed, because it is unknown.
constexpr std::uint64_t guessed_rest_bytes = 64 * 1024;

error refused(errc code, std::string text) {
    return {code, stage::payload, std::move(text)};
}

std::string bytes_text(std::uint64_t n) {
    return std::to_string(n) + " bytes";
}

}  // namespace

// By the requested name. A range of a compressed object cannot be decompressed.
std::optional<codec::compression> payload_intake::compression_of(entry const& want) noexcept {
    if (!want.range.whole()) return std::nullopt;
    std::string_view const name = want.archpath.empty() ? want.object : want.archpath;
    if (name.ends_with(".gz")) return codec::compression::gzip;
    if (name.ends_with(".zst")) return codec::compression::zstd;
    return std::nullopt;
}

result<void> payload_intake::begin_carefully(entry const& want, codec::entry_header const& header) {
    want_ = &want;
    size_known_ = header.size_known;
    expander_ = nullptr;
    hasher_ = nullptr;
    if (size_known_) {
        if (auto ok = check_size(header.size); !ok) return ok;
        if (header.size > options_.max_sample_bytes) return too_large(bytes_text(header.size));
    }
    if (!want.expected_checksum.empty()) {
        checksum_ = read_checksum(want.expected_checksum).value();  // valid: checked with the entry
        auto found = hashers_.find(checksum_->type);
        if (found == hashers_.end()) {
            auto made = codec::hasher::make(checksum_->type);
            if (!made) return std::move(made).error();
            found = hashers_.emplace(checksum_->type, std::move(*made)).first;
        }
        hasher_ = &found->second;
        static_cast<void>(hasher_->finish());
    }
    if (auto const compressed = options_.decompress ? compression_of(want) : std::nullopt) {
        auto found = expanders_.find(*compressed);
        if (found == expanders_.end()) {
            auto by = codec::make_decompressor(*compressed, codec::after_end::zero_padding);
            found = expanders_.try_emplace(*compressed, std::move(by), *pool_).first;
        }
        expander_ = &found->second;
        expander_->reset();
        plain_.clear();
    }
    return {};
}

result<void> payload_intake::add_carefully(std::span<std::byte> data) {
    if (size_known_) {
        if (hasher_) hasher_->update(data);
        if (expander_) return expand(data);
    }
    bytes_.append(data);
    if (bytes_.size_bytes() > options_.max_sample_bytes) return too_large("more");
    return {};
}

result<void> payload_intake::expand(std::span<std::byte const> data) {
    expander_->feed(data);
    return drain_expander();
}

result<void> payload_intake::drain_expander() {
    for (;;) {
        partial_payload hold{&plain_, guessed_rest_bytes};
        auto const step = expander_->next(hold);
        switch (step.status) {
            case codec::expander_status::need_input:
            case codec::expander_status::end: return {};
            case codec::expander_status::data:
                if (plain_.size_bytes() + step.data.size() > options_.max_sample_bytes)
                    return too_large("more after decompression");
                plain_.append(step.data);
                break;
            case codec::expander_status::failed: {
                auto why = expander_->failure();
                why.where = stage::payload;
                why.text = "the sample does not decompress: " + why.text;
                return why;
            }
        }
    }
}

result<payload_ref> payload_intake::end_carefully(slab_ref const& in) {
    if (auto ok = check_whole(); !ok) return std::move(ok).error();
    if (expander_) return payload_ref{&plain_, &expander_->slab()};
    return payload_ref{&bytes_, &in};
}

// The checks that need the whole payload.
result<void> payload_intake::check_whole() {
    if (!size_known_) {
        if (auto ok = check_size(bytes_.size_bytes()); !ok) return ok;
        for (auto const run : bytes_.runs()) {
            if (hasher_) hasher_->update(run);
            if (!expander_) continue;
            if (auto ok = expand(run); !ok) return ok;
        }
    }
    if (hasher_) {
        auto const seen = hasher_->finish();
        if (seen != checksum_->value)
            return refused(errc::wrong_checksum, "expected " + std::string(codec::to_string(checksum_->type)) + ' ' +
                                                     checksum_->value + ", got " + seen);
    }
    if (!expander_) return {};
    expander_->finish();
    return drain_expander();
}

result<void> payload_intake::check_size(std::uint64_t size) const {
    auto const wanted = size_asked(*want_);
    if (!wanted || *wanted == size) return {};
    // AIStore's recovery of a lost peer ignores ranges and sends the whole object under the right name.
    auto const* const what = want_->range.length > 0 ? "the requested range has " : "expected ";
    return refused(errc::wrong_size, what + bytes_text(*wanted) + ", the member has " + std::to_string(size));
}

error payload_intake::too_large(std::string const& has) const {
    return refused(errc::limit_exceeded, "the sample has " + has + "; the limit is " +
                                             bytes_text(options_.max_sample_bytes) +
                                             " (engine_options::max_sample_bytes)");
}

}  // namespace aisle::detail
