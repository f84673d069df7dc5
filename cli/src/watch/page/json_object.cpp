#include "json_object.hpp"

#include "../../text/figure_text.hpp"

#include <aisle/base/json_text.hpp>

#include <cmath>

namespace aisle::cli {

json_object::json_object(std::string& out) : out_(out) {
    out_ += '{';
}

json_object::~json_object() {
    out_ += '}';
}

std::string& json_object::member(std::string_view key) {
    if (!empty_) out_ += ',';
    empty_ = false;
    base::append_json_string(out_, key);
    out_ += ':';
    return out_;
}

void json_object::count(std::string_view key, std::uint64_t value) {
    member(key) += std::to_string(value);
}

void json_object::number(std::string_view key, double value, int decimals) {
    append_number(member(key), value, decimals);
}

void json_object::text(std::string_view key, std::string_view value) {
    base::append_json_string(member(key), value);
}

void json_object::flag(std::string_view key, bool value) {
    member(key) += value ? "true" : "false";
}

void json_object::null(std::string_view key) {
    member(key) += "null";
}

void append_number(std::string& out, double value, int decimals) {
    if (!std::isfinite(value)) {
        out += "null";
        return;
    }
    auto text = figure(value, decimals);
    if (text.find('.') != text.npos) {
        text.erase(text.find_last_not_of('0') + 1);
        if (text.ends_with('.')) text.pop_back();
    }
    out += text == "-0" ? "0" : text;
}

}  // namespace aisle::cli
