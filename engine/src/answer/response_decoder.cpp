#include "response_decoder.hpp"

#include <algorithm>

namespace aisle::detail {

namespace {

// Maximum number of zero bytes after an archive inside a part: the same as after one that is the whole response.
std::size_t padding_after(codec::archive_format format) noexcept {
    return format == codec::archive_format::zip ? 0 : codec::tar_reader::max_trailing_bytes;
}

}  // namespace

result<answer_shape> shape_of(std::string_view content_type) {
    answer_shape out;
    if (codec::is_multipart(content_type)) {
        auto boundary = codec::multipart_boundary(content_type);
        if (!boundary) return boundary.error();
        out.boundary = std::move(*boundary);
    } else {
        auto arrived = codec::archive_format_of(content_type);
        if (!arrived) return arrived.error();
        out.format = *arrived;
    }
    return out;
}

metadata_limits metadata_limits_of(std::span<entry const> all, std::span<std::uint32_t const> asked) {
    constexpr std::size_t document = 64 * 1024;
    constexpr std::size_t words = 1024;
    constexpr std::size_t longest_escape = 6;  // "\u003c" for '<'
    constexpr std::size_t names = 2;           // objname may include archpath, which is then repeated
    metadata_limits out{asked.size(), document};
    for (auto const i : asked) {
        auto const& e = all[i];
        auto const name = e.bucket.size() + e.object.size() + e.archpath.size();
        out.bytes += words + names * longest_escape * name + 2 * e.opaque.size();
    }
    out.bytes = std::min(out.bytes, codec::max_json_bytes);
    return out;
}

response_decoder::response_decoder(answer_shape shape, slab_pool& pool, metadata_limits most)
    : pool_(&pool), most_(most) {
    if (shape.format)
        archive_.emplace(*shape.format, pool);
    else
        parts_.emplace(shape.boundary);
}

std::optional<codec::archive_format> response_decoder::format() const noexcept {
    if (!archive_) return std::nullopt;
    return archive_->format();
}

void response_decoder::feed(std::span<std::byte const> piece) {
    if (parts_)
        parts_->feed(piece);
    else
        archive_->feed(piece);
}

void response_decoder::finish() {
    finished_ = true;
    if (parts_) parts_->finish();
    if (archive_ && (!parts_ || part_ == part::archive)) archive_->finish();
}

codec::event response_decoder::next(segments* collected) {
    return parts_ ? next_in_parts(collected) : next_in_archive(collected);
}

codec::event response_decoder::next_in_archive(segments* collected) {
    archive_->hold(collected);
    auto const event = archive_->next();
    if (event.kind == codec::event_kind::error) return failed(archive_->failure());
    return event;
}

// The first bytes show the format. They belong to a header, so they may be read from the probe if they arrived in
// several pieces.
void response_decoder::feed_archive(std::span<std::byte const> data) {
    if (archive_) {
        archive_->feed(data);
        return;
    }
    auto const n = probe_.feed(data);
    if (!probe_.format()) return;
    archive_.emplace(*probe_.format(), *pool_, codec::after_end::foreign);
    auto const begin = probe_.begin();
    if (n >= begin.size()) {
        archive_->feed(data.subspan(n - begin.size()));
    } else {
        archive_->feed(begin);
        behind_magic_ = data.subspan(n);
    }
}

codec::event response_decoder::next_in_parts(segments* collected) {
    using codec::event_kind;
    using part_event = codec::multipart_event_kind;
    for (;;) {
        if (part_ == part::archive && archive_) {
            // First read what the archive was fed, then take more from the framing.
            auto const event = next_in_archive(collected);
            if (event.kind == event_kind::error) return event;
            if (event.kind == event_kind::end) {
                parts_->body_ended(archive_->unread().size() + behind_magic_.size(), padding_after(archive_->format()));
                part_ = part::done;
                continue;
            }
            if (event.kind != event_kind::need_input) return event;
            if (!behind_magic_.empty()) {
                archive_->feed(std::exchange(behind_magic_, {}));
                continue;
            }
        }
        auto const event = parts_->next();
        switch (event.kind) {
            case part_event::need_input: return {event_kind::need_input, {}};
            case part_event::part_begin:
                if (auto ok = begin_part(); !ok) return failed(ok.error());
                break;
            case part_event::part_data:
                if (part_ == part::archive) {
                    feed_archive(event.data);
                } else if (part_ == part::metadata) {
                    if (json_.size() + event.data.size() > most_.bytes)
                        return failed({errc::limit_exceeded, stage::metadata,
                                       "the metadata part exceeds " + std::to_string(most_.bytes) +
                                           " bytes, the maximum for this request"});
                    json_.append(reinterpret_cast<char const*>(event.data.data()), event.data.size());
                }
                break;
            case part_event::part_end:
                if (auto ok = end_part(); !ok) return failed(ok.error());
                break;
            case part_event::end:
                if (!archive_seen_)
                    return failed({errc::bad_multipart, stage::multipart, "the response has no archive part"});
                if (finished_) return {event_kind::end, {}};
                break;  // the reader continues after the last boundary, to skip an epilogue
            case part_event::error: return failed(parts_->failure());
        }
    }
}

// AIStore sends two parts, "metadata" and then "archive"; the archive cannot be interpreted without the metadata.
result<void> response_decoder::begin_part() {
    auto const name = parts_->part_name();
    if (name == "metadata" && !metadata_ && !archive_seen_) {
        part_ = part::metadata;
    } else if (name == "archive" && metadata_read_ && !archive_seen_) {
        part_ = part::archive;
        archive_seen_ = true;
        parts_->read_raw();
    } else {
        return error{errc::bad_multipart, stage::multipart,
                     "part \"" + std::string(name) + "\" where \"metadata\", then \"archive\" belong"};
    }
    return {};
}

result<void> response_decoder::end_part() {
    if (part_ == part::metadata) {
        auto found = codec::read_metadata(std::move(json_), most_.entries);
        if (!found) return found.error();
        metadata_ = std::move(*found);
        metadata_read_ = true;
    }
    part_ = part::done;
    return {};
}

codec::event response_decoder::failed(error why) {
    failure_ = std::move(why);
    return {codec::event_kind::error, {}};
}

}  // namespace aisle::detail
