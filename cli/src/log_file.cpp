#include "log_file.hpp"

#include "figure_text.hpp"
#include "printable.hpp"
#include "usage_error.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <memory>
#include <system_error>

namespace aisle::cli {
namespace {

struct closer {
    void operator()(std::FILE* f) const noexcept {
        if (f && f != stderr) std::fclose(f);
    }
};

std::string utc_now() {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(now);
    auto const ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 32> date{};
    std::strftime(date.data(), date.size(), "%FT%T", &parts);
    std::array<char, 48> text{};
    std::snprintf(text.data(), text.size(), "%s.%03dZ", date.data(), static_cast<int>(ms));
    return text.data();
}

void append_value(std::string& out, std::string_view text) {
    append_json(out, text);
}
void append_value(std::string& out, double number) {
    out += figure(number, 3);
}
template <class Integer>
void append_value(std::string& out, Integer number) {
    out += std::to_string(number);
}

}  // namespace

log_hook log_to(std::string const& path) {
    std::shared_ptr<std::FILE> const to(path == "-" ? stderr : std::fopen(path.c_str(), "we"), closer());
    if (!to) throw usage_error("--log " + printable(path) + ": " + std::generic_category().message(errno));
    return [to](log_level level, std::string_view event, std::span<log_field const> fields) {
        std::string line = "{\"time\":\"" + utc_now() + "\",\"level\":\"" + std::string(to_string(level)) +
                           "\",\"event\":\"" + std::string(event) + "\"";
        for (auto const& f : fields) {
            line += ",\"" + std::string(f.key) + "\":";
            std::visit([&line](auto const& value) { append_value(line, value); }, f.value);
        }
        line += "}\n";
        std::fwrite(line.data(), 1, line.size(), to.get());  // locks the file: a line stays whole
        std::fflush(to.get());
    };
}

}  // namespace aisle::cli
