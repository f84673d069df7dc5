#pragma once

#include <aisle/stats.hpp>

#include <string>
#include <string_view>

namespace aisle::cli {

/// What tables and JSON reports of figures are made of.

/// With so many decimals.
std::string figure(double value, int decimals);
/// a / b, and 0 where b is.
double per(double a, double b) noexcept;
/// A line of a table: name, then value in a column of its own, behind longer names too.
void append_row(std::string& out, std::string_view name, std::string const& value);
/// {"p50":1.234,"p95":..,"p99":..}, in milliseconds.
std::string percentiles_json(latency_histogram const& latency);
/// "1.2 / 3.4 / 5.6 ms".
std::string percentiles_text(latency_histogram const& latency);

}  // namespace aisle::cli
