#include "figure_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aisle::cli {

std::string figure(double value, int decimals) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
    return text.data();
}

double per(double a, double b) noexcept {
    return b > 0 ? a / b : 0;
}

void append_row(std::string& out, std::string_view name, std::string const& value) {
    out += "  ";
    out += name;
    out.append(24 - std::min<std::size_t>(name.size(), 23), ' ');
    out += value;
    out += '\n';
}

namespace {

double ms(latency_histogram const& latency, double percent) {
    return std::chrono::duration<double, std::milli>(latency.percentile(percent)).count();
}

}  // namespace

std::string percentiles_json(latency_histogram const& latency) {
    return "{\"p50\":" + figure(ms(latency, 50), 3) + ",\"p95\":" + figure(ms(latency, 95), 3) +
           ",\"p99\":" + figure(ms(latency, 99), 3) + "}";
}

std::string percentiles_text(latency_histogram const& latency) {
    return figure(ms(latency, 50), 1) + " / " + figure(ms(latency, 95), 1) + " / " + figure(ms(latency, 99), 1) + " ms";
}

}  // namespace aisle::cli
