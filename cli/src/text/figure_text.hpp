#pragma once

#include <aisle/stats.hpp>

#include <string>
#include <string_view>

namespace aisle::cli {

/// The number with this many decimals.
std::string figure(double value, int decimals);
/// a / b; 0 if b is 0.
double per(double a, double b) noexcept;
/// Appends a line of a table: the name, then the value in the second column.
void append_row(std::string& out, std::string_view name, std::string const& value);
/// {"p50":1.234,"p95":...,"p99":...}, in milliseconds.
std::string percentiles_json(latency_histogram const& latency);
/// "1.2 / 3.4 / 5.6 ms".
std::string percentiles_text(latency_histogram const& latency);

}  // namespace aisle::cli
