#include "response_decoder.hpp"

namespace aisle::detail {
namespace {

codec::after_end what_follows(answer_shape const& shape) {
    return shape.boundary.empty() ? codec::after_end::zero_padding : codec::after_end::foreign;
}

}  // namespace

result<answer_shape> shape_of(std::string_view content_type, codec::archive_format asked) {
    answer_shape out;
    out.format = asked;
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

response_decoder::response_decoder(answer_shape shape) : archive_(shape.format, what_follows(shape)) {
    if (!shape.boundary.empty()) parts_.emplace(shape.boundary);
}

void response_decoder::feed(std::span<std::byte const> piece) {
    if (parts_)
        parts_->feed(piece);
    else
        archive_.feed(piece);
}

void response_decoder::finish() {
    finished_ = true;
    if (parts_) parts_->finish();
    if (!parts_ || part_ == part::archive) archive_.finish();
}

codec::event response_decoder::next() {
    if (parts_) return next_in_parts();
    auto const event = archive_.next();
    if (event.kind == codec::event_kind::error) return failed(archive_.failure());
    // The reader goes on after its end mark, to see that nothing but zero bytes follows.
    if (event.kind == codec::event_kind::end && !finished_) return next();
    return event;
}

codec::event response_decoder::next_in_parts() {
    using codec::event_kind;
    using part_event = codec::multipart_event_kind;
    for (;;) {
        if (part_ == part::archive) {
            // The archive gives out what it was fed before the framing is asked for more.
            auto const event = archive_.next();
            if (event.kind == event_kind::error) return failed(archive_.failure());
            if (event.kind == event_kind::end) {
                parts_->body_ended(archive_.unread().size());
                part_ = part::done;
                continue;
            }
            if (event.kind != event_kind::need_input) return event;
        }
        auto const event = parts_->next();
        switch (event.kind) {
            case part_event::need_input: return {event_kind::need_input, {}};
            case part_event::part_begin:
                if (auto ok = begin_part(); !ok) return failed(ok.error());
                break;
            case part_event::part_data:
                if (part_ == part::archive) {
                    archive_.feed(event.data);
                } else if (part_ == part::metadata) {
                    if (json_.size() + event.data.size() > codec::max_json_bytes)
                        return failed({errc::limit_exceeded, stage::metadata, "the metadata part is over 64 MiB"});
                    json_.append(reinterpret_cast<char const*>(event.data.data()), event.data.size());
                }
                break;
            case part_event::part_end:
                if (auto ok = end_part(); !ok) return failed(ok.error());
                break;
            case part_event::end:
                if (!archive_seen_)
                    return failed({errc::bad_multipart, stage::multipart, "the answer has no archive part"});
                if (finished_) return {event_kind::end, {}};
                break;  // the reader goes on behind the last boundary, to pass over an epilogue
            case part_event::error: return failed(parts_->failure());
        }
    }
}

// AIStore sends two parts, "metadata" and then "archive"; the archive is useless without knowing what it should hold.
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
        auto found = codec::read_metadata(std::move(json_));
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
