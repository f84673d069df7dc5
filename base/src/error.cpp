#include <aisle/base/hex.hpp>
#include <aisle/error.hpp>

#include <ostream>

namespace aisle {
namespace {

// Control bytes would let a server write to the reader's terminal; bytes from 0x80 up are left as UTF-8.
void append_escaped(std::string& out, std::string_view text) {
    for (char const each : text) {
        auto const c = static_cast<unsigned char>(each);
        if (c >= 0x20 && c != 0x7f) {
            out += each;
        } else {
            out += "\\x";
            base::append_hex(out, each);
        }
    }
}

}  // namespace

std::string_view to_string(stage s) noexcept {
    switch (s) {
        case stage::usage: return "usage";
        case stage::connect: return "connect";
        case stage::request: return "request";
        case stage::redirect: return "redirect";
        case stage::response: return "response";
        case stage::multipart: return "multipart";
        case stage::metadata: return "metadata";
        case stage::archive: return "archive";
        case stage::payload: return "payload";
        case stage::assemble: return "assemble";
    }
    return "unknown";
}

std::string error::message() const {
    std::string out = code.message();
    if (!text.empty()) {
        out += ": ";
        append_escaped(out, text);
    }
    out += " (";
    out += to_string(where);
    if (batch) out += ", batch " + std::to_string(*batch);
    if (entry) out += ", entry " + std::to_string(*entry);
    if (offset) out += ", byte " + std::to_string(*offset);
    if (http_status) out += ", HTTP " + std::to_string(http_status);
    out += ')';
    if (!server_text.empty()) {
        out += "; server says: ";
        append_escaped(out, server_text);
    }
    return out;
}

std::ostream& operator<<(std::ostream& out, error const& e) {
    return out << e.message();
}

}  // namespace aisle
