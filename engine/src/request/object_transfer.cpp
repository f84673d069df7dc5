#include "object_transfer.hpp"

#include "../entry/bucket_uri.hpp"
#include "answer_text.hpp"
#include "cluster_path.hpp"

#include <aisle/base/percent_encoding.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace aisle::detail {
namespace {

error refused(errc code, std::string text) {
    bool const of_the_bytes = code == errc::wrong_size || code == errc::limit_exceeded;
    return {code, of_the_bytes ? stage::payload : stage::response, std::move(text)};
}

error outside(std::uint64_t total) {
    return refused(errc::wrong_size, "the range is outside the object's " + std::to_string(total) + " bytes");
}

std::string bytes_text(std::uint64_t n) {
    return std::to_string(n) + " bytes";
}

}  // namespace

object_head head_of(http::response const& answer) {
    return {answer.status(),
            number_in(answer, "Content-Length"),
            answer.header("Content-Range"),
            answer.header("ETag"),
            answer.header("Ais-Version"),
            answer.header("Ais-Checksum-Value"),
            answer.header("Last-Modified"),
            answer.header("Content-Encoding")};
}

object_transfer::object_transfer(entry const& what, slab_pool& slabs, std::uint64_t max_sample_bytes) noexcept
    : what_(&what), slabs_(&slabs), max_sample_bytes_(max_sample_bytes) {}

// If versions cannot be distinguished, the rest alone is useless.
std::uint64_t object_transfer::asked_from() const noexcept {
    return start() + (identity_.tells_versions() ? received_ : 0);
}

bool object_transfer::asks_range() const noexcept {
    return what_->archpath.empty() && (asked_from() > 0 || what_->range.length > 0);
}

result<http::request> object_transfer::next_request() const {
    auto const bucket = read_bucket(what_->bucket);
    if (!bucket) return bucket.error();
    http::request out;
    name_object(out.target, *bucket, what_->object);
    if (!what_->archpath.empty()) out.target.query += "&archpath=" + base::percent_encode(what_->archpath);
    if (!asks_range()) return out;
    auto range = "bytes=" + std::to_string(asked_from()) + '-';
    if (auto const length = what_->range.length; length > 0)
        range += std::to_string(start() + static_cast<std::uint64_t>(length) - 1);
    out.extra.push_back({"Range", std::move(range)});
    return out;
}

result<void> object_transfer::begin(object_head const& head) {
    auto ok = head.status == 416 ? not_satisfiable(head.content_range) : begin_body(head);
    if (ok) return ok;
    error why = std::move(ok).error();
    why.http_status = head.status;
    why.server_text = head.content_range;
    return why;
}

result<void> object_transfer::begin_body(object_head const& head) {
    if (auto ok = check_content_encoding(head.content_encoding); !ok) return ok;
    auto const place = place_of(head);
    if (!place) return place.error();
    covers_ = place->first <= start();
    object_identity seen{place->total, std::string(head.checksum), std::string(head.version), std::string(head.etag),
                         std::string(head.last_modified)};
    auto const verdict = received_ > 0 ? compare(identity_, seen) : sameness::different;
    if (!covers_ && verdict != sameness::same) return changed();
    if (covers_) {
        // From then on, the received bytes count as this response's version.
        if (verdict == sameness::different || (verdict == sameness::unknown && seen.tells_versions())) received_ = 0;
        identity_ = std::move(seen);
    } else if (!identity_.total) {
        identity_.total = place->total;
    }
    auto const wanted = size_wanted();
    if (!wanted) return wanted.error();
    if (!*wanted && place->size)
        return refused(errc::unframed_body, "the response gives neither the object's size nor its end");
    if (*wanted && received_ >= **wanted) received_ = 0;  // of a longer version
    wanted_ = *wanted;
    skip_ = covers_ ? start() - place->first : 0;
    at_ = covers_ ? 0 : place->first - start();
    left_ = place->size;
    return {};
}

// The position of the body in the object. A server may send another range than requested, so RFC 9110, section 15.3.7,
// requires clients to check Content-Range.
result<object_transfer::body_place> object_transfer::place_of(object_head const& head) const {
    if (head.status == 200) return body_place{0, head.content_length, head.content_length};
    if (head.status != 206) return refused(errc::bad_http, "unexpected status for an object");
    if (!asks_range()) return refused(errc::bad_http, "206 for a request without Range");
    if (head.content_range.empty()) return refused(errc::bad_http, "206 without Content-Range");
    auto const part = read_content_range(head.content_range);
    if (!part) return refused(errc::bad_http, "the Content-Range of a 206 is not a byte range");
    if (head.content_length && *head.content_length != part->size())
        return refused(errc::bad_http, "Content-Range is for " + bytes_text(part->size()) + ", Content-Length is " +
                                           std::to_string(*head.content_length));
    auto const from = asked_from();
    if (part->first > from || part->last < from)
        return refused(errc::wrong_size, "requested bytes from " + std::to_string(from) +
                                             " on, the response has bytes " + std::to_string(part->first) + " to " +
                                             std::to_string(part->last));
    return body_place{part->first, part->size(), part->total};
}

// nullopt while the size of an object that is wanted to its end is unknown.
result<std::optional<std::uint64_t>> object_transfer::size_wanted() const {
    std::optional<std::uint64_t> out;
    if (what_->range.length > 0) out = static_cast<std::uint64_t>(what_->range.length);
    if (auto const total = identity_.total) {
        // AIStore refuses an open range that begins at the end (api/apc/ml.go), and only then the empty one.
        if (start() > 0 && start() >= *total) return outside(*total);
        if (!out) out = *total - start();
        if (*out > *total - start()) return outside(*total);
    }
    if (out)
        if (auto ok = check_size(*out); !ok) return ok.error();
    return out;
}

result<void> object_transfer::check_size(std::uint64_t size) const {
    if (auto const asked = size_asked(*what_); asked && *asked != size)
        return refused(errc::wrong_size, "expected " + bytes_text(*asked) + ", the object has " + std::to_string(size));
    if (size > max_sample_bytes_) return too_large(bytes_text(size));
    return {};
}

result<void> object_transfer::data(std::span<std::byte const> bytes) {
    if (left_) {
        if (bytes.size() > *left_) return refused(errc::bad_http, "the body has more bytes than the head announced");
        *left_ -= bytes.size();
    }
    auto const skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes = bytes.subspan(skipped);
    if (wanted_) bytes = bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(*wanted_ - at_, bytes.size())));
    if (bytes.empty()) return {};
    if (at_ < received_) {
        auto const known =
            bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(received_ - at_, bytes.size())));
        if (std::memcmp(known.data(), slab_->data() + at_, known.size()) == 0) {
            at_ += known.size();
            bytes = bytes.subspan(known.size());
        } else if (covers_) {
            received_ = at_;  // another version, which this response contains completely
        } else {
            return changed();
        }
    }
    return bytes.empty() ? result<void>{} : append(bytes);
}

result<void> object_transfer::append(std::span<std::byte const> bytes) {
    auto const after = received_ + bytes.size();
    if (after > max_sample_bytes_) return too_large("more");
    std::size_t capacity = slab_ ? slab_->capacity() : 0;
    if (capacity < after) {
        do capacity = next_capacity(capacity, wanted_);
        while (capacity < after);
        try {
            if (received_ > slab_pool::cheap_copy_bytes) {
                slabs_->enlarge(slab_, capacity);
            } else {
                auto next = slabs_->acquire(capacity);
                if (received_ > 0) std::memcpy(next->data(), slab_->data(), static_cast<std::size_t>(received_));
                slab_ = std::move(next);
            }
        } catch (std::bad_alloc const&) {
            return refused(errc::limit_exceeded, "no memory for " + bytes_text(capacity) + " of an object");
        }
    }
    std::memcpy(slab_->data() + received_, bytes.data(), bytes.size());
    at_ = received_ = after;
    return {};
}

std::size_t object_transfer::lacking_bytes() const noexcept {
    std::uint64_t const there = slab_ ? slab_->capacity() : 0;
    return wanted_ && *wanted_ > there ? static_cast<std::size_t>(*wanted_ - there) : 0;
}

std::size_t object_transfer::next_capacity(std::size_t now, std::optional<std::uint64_t> wanted) noexcept {
    auto const first = wanted ? trusted_bytes : slab_pool::min_slab_bytes;
    std::uint64_t const most = now > 0 ? 2 * now : first;
    return static_cast<std::size_t>(std::min(most, wanted.value_or(most)));
}

result<void> object_transfer::end_of_body() {
    if (complete()) return {};
    if (left_)
        return refused(errc::truncated_body,
                       "the response ended after " + std::to_string(received_) + " of " + bytes_text(*wanted_));
    // A body without a length ends at the end of the object.
    bool const range_is_inside = skip_ == 0 && !wanted_ && (at_ > 0 || start() == 0);
    if (!range_is_inside) {
        restart();
        return refused(errc::wrong_size, "the object ends before the range");
    }
    wanted_ = received_ = at_;
    identity_.total = start() + at_;
    return check_size(at_);
}

void object_transfer::restart() noexcept {
    slab_ = {};
    received_ = 0;
    wanted_.reset();
    identity_ = {};
    skip_ = at_ = 0;
    left_.reset();
    covers_ = false;
}

taken_payload object_transfer::take() {
    taken_payload out;
    if (received_ > 0) {
        out.bytes.append({slab_->data(), static_cast<std::size_t>(received_)});
        out.in = std::move(slab_);
    }
    restart();
    return out;
}

error object_transfer::not_satisfiable(std::string_view content_range) {
    if (asked_from() > start()) return changed();  // the received bytes were inside
    if (auto const total = read_unsatisfied_range(content_range)) return outside(*total);
    return refused(errc::wrong_size, "according to the server, the range is outside the object");
}

error object_transfer::changed() {
    restart();
    return refused(errc::truncated_body, "the object changed while it was read: it is requested again");
}

error object_transfer::too_large(std::string const& has) const {
    return refused(errc::limit_exceeded, "the sample has " + has + "; the limit is " + bytes_text(max_sample_bytes_) +
                                             " (engine_options::max_sample_bytes)");
}

}  // namespace aisle::detail
