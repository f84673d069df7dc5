#include "action_message.hpp"

#include <simdjson.h>

#include <charconv>

namespace aisle::playground {
namespace {

namespace dom = simdjson::dom;

std::string text_or_empty(dom::object object, std::string_view key) {
    std::string_view text;
    return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

// Go's client writes flags as a string of digits and the page size as a number; other clients do it the other way
// round.
std::uint64_t number_or_zero(dom::object object, std::string_view key) {
    std::uint64_t number = 0;
    std::string_view text;
    if (object[key].get(number) == simdjson::SUCCESS) return number;
    if (object[key].get(text) == simdjson::SUCCESS) std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

}  // namespace

result<action_message> parse_action(std::string_view json) {
    action_message message;
    if (json.empty()) return message;
    dom::parser parser;
    dom::object object;
    auto const code = parser.parse(json.data(), json.size()).get(object);
    if (code != simdjson::SUCCESS)
        return error(errc::bad_metadata, stage::request,
                     std::string("the body is not a JSON object: ") + simdjson::error_message(code));
    message.action = text_or_empty(object, "action");
    dom::object value;
    if (object["value"].get(value) != simdjson::SUCCESS) return message;
    message.prefix = text_or_empty(value, "prefix");
    message.continuation_token = text_or_empty(value, "continuation_token");
    message.start_after = text_or_empty(value, "start_after");
    message.uuid = text_or_empty(value, "uuid");
    message.props = text_or_empty(value, "props");
    message.flags = number_or_zero(value, "flags");
    message.page_size = number_or_zero(value, "pagesize");
    return message;
}

}  // namespace aisle::playground
