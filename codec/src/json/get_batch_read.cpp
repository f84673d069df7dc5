#include "json_document.hpp"

#include <aisle/base/ascii.hpp>
#include <aisle/codec/base64.hpp>
#include <aisle/codec/json/get_batch.hpp>

namespace aisle::codec {
namespace {

using base::equal_without_case;

bool read_bool(od::value value) {
    return !is_null(value) && value.get_bool();
}

std::vector<std::byte> read_base64(od::value value) {
    auto bytes = decode_base64(read_text(value));
    if (!bytes) throw refused{errc::bad_metadata, "opaque is not standard padded base64"};
    return *std::move(bytes);
}

// Go reads a byte slice from base64 or from an array of numbers.
std::vector<std::byte> read_bytes(od::value value) {
    if (value.type() != od::json_type::array) return read_base64(value);
    std::vector<std::byte> out;
    for (od::value item : value.get_array()) {
        std::uint64_t const number = item.get_uint64();
        if (number > 255) throw refused{errc::bad_metadata, "opaque has a number above 255"};
        out.push_back(static_cast<std::byte>(number));
    }
    return out;
}

void read_request_entry(od::object object, get_batch_request_entry& e) {
    for_each_member(object, [&](std::string_view key, od::value value) {
        if (equal_without_case(key, "objname"))
            e.objname = read_text(value);
        else if (equal_without_case(key, "bucket"))
            e.bucket = read_text(value);
        else if (equal_without_case(key, "provider"))
            e.provider = read_text(value);
        else if (equal_without_case(key, "uname"))
            e.uname = read_text(value);
        else if (equal_without_case(key, "archpath"))
            e.archpath = read_text(value);
        else if (equal_without_case(key, "opaque"))
            e.opaque = read_bytes(value);
        else if (equal_without_case(key, "start"))
            e.start = value.get_int64();
        else if (equal_without_case(key, "length"))
            e.length = value.get_int64();
    });
}

void read_out(od::object object, get_batch_out& o) {
    for_each_member(object, [&](std::string_view key, od::value value) {
        if (key == "objname")
            o.objname = read_text(value);
        else if (key == "archpath")
            o.archpath = read_text(value);
        else if (key == "bucket")
            o.bucket = read_text(value);
        else if (key == "provider")
            o.provider = read_text(value);
        else if (key == "err_msg")
            o.err_msg = read_text(value);
        else if (key == "opaque")
            o.opaque = read_base64(value);
        else if (key == "size")
            o.size = value.get_int64();
    });
    if (o.size < 0) throw refused{errc::bad_metadata, "negative size"};
}

// An array of objects, or null if it is empty, as Go writes and reads it. A repeated key replaces the earlier one.
template <class T, class ReadOne>
void read_list(od::value value, std::vector<T>& out, std::size_t max_entries, place& at, ReadOne read_one) {
    out.clear();
    if (is_null(value)) return;
    for (od::value item : value.get_array()) {
        at.entry = out.size();
        if (out.size() == max_entries)
            throw refused{errc::limit_exceeded, "more than " + std::to_string(max_entries) + " entries"};
        read_one(item.get_object(), out.emplace_back());
    }
    at.entry.reset();
}

}  // namespace

result<get_batch_request> read_request(std::string json) {
    place at{stage::request, {}};
    return read_document<get_batch_request>(std::move(json), at, [&](od::object root, get_batch_request& out) {
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (equal_without_case(key, "in"))
                read_list(value, out.in, SIZE_MAX, at, read_request_entry);
            else if (equal_without_case(key, "mime"))
                out.mime = read_text(value);
            else if (equal_without_case(key, "coer"))
                out.continue_on_error = read_bool(value);
            else if (equal_without_case(key, "onob"))
                out.only_object_name = read_bool(value);
            else if (equal_without_case(key, "strm"))
                out.streaming = read_bool(value);
        });
    });
}

result<get_batch_metadata> read_metadata(std::string json, std::size_t max_entries) {
    place at{stage::metadata, {}};
    return read_document<get_batch_metadata>(std::move(json), at, [&](od::object root, get_batch_metadata& out) {
        bool has_out = false;
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (key == "uuid") {
                out.uuid = read_text(value);
            } else if (key == "out") {
                has_out = true;
                read_list(value, out.out, max_entries, at, read_out);
            }
        });
        if (!has_out) throw refused{errc::bad_metadata, "the metadata has no \"out\""};
    });
}

result<server_message> read_error(std::string_view json) {
    place at{stage::response, {}};
    return read_document<server_message>(std::string(json), at, [](od::object root, server_message& out) {
        bool has_message = false;
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (key == "tcode") {
                out.tcode = read_text(value);
            } else if (key == "message") {
                out.message = read_text(value);
                has_message = true;
            } else if (key == "node") {
                out.node = read_text(value);
            } else if (key == "status") {
                std::int64_t const status = value.get_int64();
                if (status < 0 || status > 999) throw refused{errc::bad_metadata, "invalid HTTP status"};
                out.status = static_cast<int>(status);
            }
        });
        if (!has_message) throw refused{errc::bad_metadata, "the error has no \"message\""};
    });
}

}  // namespace aisle::codec
