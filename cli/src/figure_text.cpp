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
    out.append(24 - std::min<std::size_t>(name.size(), 24), ' ');
    out += value;
    out += '\n';
}

std::string percentiles_json(latency_record const& latency) {
    return "{\"p50\":" + figure(latency.percentile_ms(50), 3) + ",\"p95\":" + figure(latency.percentile_ms(95), 3) +
           ",\"p99\":" + figure(latency.percentile_ms(99), 3) + "}";
}

std::string percentiles_text(latency_record const& latency) {
    return figure(latency.percentile_ms(50), 1) + " / " + figure(latency.percentile_ms(95), 1) + " / " +
           figure(latency.percentile_ms(99), 1) + " ms";
}

}  // namespace aisle::cli
