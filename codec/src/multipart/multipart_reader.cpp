#include "multipart_fields.hpp"

#include <aisle/base/ascii.hpp>
#include <aisle/codec/multipart/multipart_reader.hpp>

#include <algorithm>
#include <cstring>

namespace aisle::codec {
namespace {

constexpr std::size_t crlf_bytes = 2;

std::byte as_byte(char c) noexcept {
    return static_cast<std::byte>(c);
}

bool is_blank(std::byte b) noexcept {
    return b == as_byte(' ') || b == as_byte('\t');
}

}  // namespace

multipart_reader::multipart_reader(std::string_view boundary)
    : delimiter_("\r\n--" + std::string(boundary)), matched_(crlf_bytes), not_content_(crlf_bytes) {}

void multipart_reader::feed(std::span<std::byte const> input) noexcept {
    assert(at_ == end_);
    consumed_before_ += static_cast<std::uint64_t>(at_ - begin_);
    begin_ = at_ = input.data();
    end_ = begin_ + input.size();
}

multipart_event multipart_reader::next() {
    for (;;) {
        switch (state_) {
            case state::preamble: {
                std::span<std::byte const> passed;
                bool const found = search(passed);
                passed_over_ += passed.size();
                if (passed_over_ > max_head_bytes)
                    return fail(errc::limit_exceeded, "no boundary in the first 64 KiB of the multipart body");
                if (found) {
                    state_ = state::delimiter_tail;
                } else if (passed.empty()) {
                    return starved();
                }
                break;
            }
            case state::delimiter_tail:
                if (!read_delimiter_tail()) return state_ == state::failed ? failed() : starved();
                if (state_ == state::epilogue) return {multipart_event_kind::end, {}};
                break;
            case state::head:
                if (!read_head()) return state_ == state::failed ? failed() : starved();
                // The empty line that ends the header fields also starts the delimiter of a part without content.
                state_ = state::body;
                matched_ = not_content_ = crlf_bytes;
                return {multipart_event_kind::part_begin, {}};
            case state::body: {
                std::span<std::byte const> content;
                if (search(content)) {
                    state_ = state::delimiter_tail;
                    return {multipart_event_kind::part_end, {}};
                }
                if (content.empty()) return starved();
                return {multipart_event_kind::part_data, content};
            }
            case state::raw: {
                if (at_ == end_) return starved();
                std::span const content(at_, end_);
                at_ = end_;
                return {multipart_event_kind::part_data, content};
            }
            case state::raw_delimiter:
                if (!match_raw_delimiter()) return state_ == state::failed ? failed() : starved();
                state_ = state::delimiter_tail;
                return {multipart_event_kind::part_end, {}};
            case state::epilogue: return next_in_epilogue();
            case state::failed: return failed();
        }
    }
}

void multipart_reader::read_raw() noexcept {
    assert(state_ == state::body);
    state_ = state::raw;
}

void multipart_reader::body_ended(std::size_t unread_bytes, std::size_t max_padding_bytes) noexcept {
    assert(state_ == state::raw && unread_bytes <= static_cast<std::size_t>(end_ - begin_));
    at_ = end_ - unread_bytes;
    matched_ = 0;
    padding_left_ = max_padding_bytes;
    state_ = state::raw_delimiter;
}

multipart_event multipart_reader::starved() {
    if (!finished_) return {multipart_event_kind::need_input, {}};
    auto const* where = "before its final boundary";
    if (offset() == 0)
        where = "before its first byte";
    else if (state_ == state::head)
        where = "inside the header fields of a part";
    else if (state_ == state::preamble)
        where = "before its first boundary";
    return fail(errc::truncated_multipart, std::string("the multipart body ends ") + where);
}

multipart_event multipart_reader::fail(errc code, std::string text) {
    failure_ = error(code, stage::multipart, std::move(text));
    failure_.offset = offset();
    state_ = state::failed;
    return failed();
}

// Searches for the delimiter from at_ on. True if it was found; it is then consumed. Otherwise `passed` is a run of
// bytes that is not part of it, or empty if the input is exhausted.
//
// A partial delimiter at the end of the input is only counted: its bytes equal the delimiter's, and are handed out from
// there if the rest does not follow. The search restarts at the byte that did not match, because CR occurs only at the
// delimiter's start.
bool multipart_reader::search(std::span<std::byte const>& passed) {
    auto const* pattern = reinterpret_cast<std::byte const*>(delimiter_.data());
    auto const* run = at_;
    while (at_ != end_) {
        if (matched_ != 0) {
            auto const n = std::min(delimiter_.size() - matched_, static_cast<std::size_t>(end_ - at_));
            auto const fits = static_cast<std::size_t>(std::mismatch(at_, at_ + n, pattern + matched_).first - at_);
            at_ += fits;
            matched_ += fits;
            if (matched_ == delimiter_.size()) {
                matched_ = not_content_ = 0;
                return true;
            }
            if (at_ == end_) return false;
            auto const held = std::span(pattern, matched_).subspan(std::min(matched_, not_content_));
            matched_ = not_content_ = 0;
            if (!held.empty()) {
                passed = held;
                return false;
            }
            run = at_;
        }
        auto const* cr = static_cast<std::byte const*>(std::memchr(at_, '\r', static_cast<std::size_t>(end_ - at_)));
        if (!cr) {
            at_ = end_;
        } else {
            at_ = cr + 1;
            matched_ = 1;
            // A partial match inside one input costs no extra event.
            auto const n = std::min(delimiter_.size(), static_cast<std::size_t>(end_ - cr));
            auto const fits = static_cast<std::size_t>(std::mismatch(cr, cr + n, pattern).first - cr);
            if (fits < n) {
                matched_ = 0;
                at_ = cr + fits;
                continue;
            }
        }
        passed = {run, cr ? cr : end_};
        if (!passed.empty()) return false;
    }
    passed = {};
    return false;
}

// The end of a raw part is known, so only the delimiter may follow here.
bool multipart_reader::match_raw_delimiter() {
    for (; at_ != end_ && *at_ == std::byte{0} && matched_ == 0 && padding_left_ != 0; --padding_left_) ++at_;
    for (; matched_ < delimiter_.size(); ++matched_, ++at_) {
        if (at_ == end_) return false;
        if (*at_ != as_byte(delimiter_[matched_])) {
            fail(errc::trailing_archive_data, "bytes between the archive's end mark and the multipart boundary");
            return false;
        }
    }
    matched_ = 0;
    return true;
}

// After a boundary: "--" marks the final one; otherwise blanks (transport padding) and a line end follow.
bool multipart_reader::read_delimiter_tail() {
    for (; at_ != end_; ++at_) {
        if (tail_ == '-' && *at_ == as_byte('-')) {
            ++at_;
            tail_ = 0;
            passed_over_ = 0;
            state_ = state::epilogue;
            return true;
        }
        if (tail_ == '\r' && *at_ == as_byte('\n')) {
            ++at_;
            tail_ = 0;
            head_.clear();
            state_ = state::head;
            return true;
        }
        bool const blank = is_blank(*at_) && (tail_ == 0 || tail_ == ' ');
        bool const first_dash = *at_ == as_byte('-') && tail_ == 0;
        bool const cr = *at_ == as_byte('\r') && (tail_ == 0 || tail_ == ' ');
        if (!blank && !first_dash && !cr) {
            fail(errc::bad_multipart, "other text follows a multipart boundary on its line");
            return false;
        }
        tail_ = blank ? ' ' : static_cast<char>(*at_);
    }
    return false;
}

// Collects a part's header fields up to the empty line, which comes first if there are none.
bool multipart_reader::read_head() {
    while (at_ != end_) {
        auto const* lf = static_cast<std::byte const*>(std::memchr(at_, '\n', static_cast<std::size_t>(end_ - at_)));
        auto const* stop = lf ? lf + 1 : end_;
        head_.append(reinterpret_cast<char const*>(at_), static_cast<std::size_t>(stop - at_));
        at_ = stop;
        if (head_.size() > max_head_bytes) {
            fail(errc::limit_exceeded, "more than 64 KiB of header fields in a part");
            return false;
        }
        if (lf && (head_ == "\r\n" || head_.ends_with("\r\n\r\n"))) {
            if (parse_part_fields(head_, fields_)) return true;
            fail(errc::bad_multipart, "a header line of a part is not NAME: VALUE");
            return false;
        }
    }
    return false;
}

// Text after the final boundary line is ignored (RFC 2046, section 5.1.1).
multipart_event multipart_reader::next_in_epilogue() {
    passed_over_ += static_cast<std::size_t>(end_ - at_);
    at_ = end_;
    if (passed_over_ > max_head_bytes)
        return fail(errc::limit_exceeded, "more than 64 KiB after the final multipart boundary");
    return {finished_ ? multipart_event_kind::end : multipart_event_kind::need_input, {}};
}

std::optional<std::string_view> multipart_reader::part_header(std::string_view name) const noexcept {
    for (auto const& f : fields_)
        if (base::equal_without_case(f.name, name)) return f.value;
    return std::nullopt;
}

std::string multipart_reader::part_name() const {
    auto const disposition = part_header("Content-Disposition");
    if (!disposition) return {};
    return parameter_of(*disposition, "name").value_or(std::string());
}

}  // namespace aisle::codec
