#include "log_text.hpp"

#include "figure_text.hpp"

#include <aisle/base/json_text.hpp>

#include <array>
#include <cstdio>
#include <ctime>

namespace aisle::cli {
namespace {

std::string utc(std::chrono::system_clock::time_point at) {
    auto const seconds = std::chrono::system_clock::to_time_t(at);
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%FT%T", &parts);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(), static_cast<int>(ms));
    return text.data();
}

void append_value(std::string& out, std::string_view text) {
    base::append_json_string(out, text);
}
void append_value(std::string& out, double number) {
    out += figure(number, 3);
}
template <class Integer>
void append_value(std::string& out, Integer number) {
    out += std::to_string(number);
}

// Each with a comma before it.
void append_members(std::string& out, std::span<log_field const> fields) {
    for (auto const& f : fields) {
        out += ",\"" + std::string(f.key) + "\":";
        std::visit([&out](auto const& value) { append_value(out, value); }, f.value);
    }
}

}  // namespace

std::string event_fields_json(std::span<log_field const> fields) {
    std::string out;
    append_members(out, fields);
    if (out.empty()) return "{}";
    out.front() = '{';
    return out + "}";
}

std::string event_line(std::chrono::system_clock::time_point at, log_level level, std::string_view event,
                       std::span<log_field const> fields) {
    std::string line = "{\"time\":\"" + utc(at) + "\",\"level\":\"" + std::string(to_string(level)) +
                       "\",\"event\":\"" + std::string(event) + "\"";
    append_members(line, fields);
    return line + "}\n";
}

}  // namespace aisle::cli
