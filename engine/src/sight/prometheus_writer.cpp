#include <aisle/prometheus.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <type_traits>

namespace aisle {
namespace {

using std::chrono::nanoseconds;

struct bucket_bound {
    nanoseconds at;
    std::string_view text;  // in seconds
};
constexpr std::array bounds = {
    bucket_bound{std::chrono::microseconds(500), "0.0005"},   bucket_bound{std::chrono::microseconds(1'000), "0.001"},
    bucket_bound{std::chrono::microseconds(2'500), "0.0025"}, bucket_bound{std::chrono::milliseconds(5), "0.005"},
    bucket_bound{std::chrono::milliseconds(10), "0.01"},      bucket_bound{std::chrono::milliseconds(25), "0.025"},
    bucket_bound{std::chrono::milliseconds(50), "0.05"},      bucket_bound{std::chrono::milliseconds(100), "0.1"},
    bucket_bound{std::chrono::milliseconds(250), "0.25"},     bucket_bound{std::chrono::milliseconds(500), "0.5"},
    bucket_bound{std::chrono::milliseconds(1'000), "1"},      bucket_bound{std::chrono::milliseconds(2'500), "2.5"},
    bucket_bound{std::chrono::milliseconds(5'000), "5"},      bucket_bound{std::chrono::milliseconds(10'000), "10"},
    bucket_bound{std::chrono::milliseconds(30'000), "30"},    bucket_bound{std::chrono::milliseconds(60'000), "60"}};

template <class Number>
std::string number_text(Number n) {
    if constexpr (std::is_floating_point_v<Number>) {  // to_chars writes "-nan" for some, which Prometheus rejects
        if (std::isnan(n)) return "NaN";
        if (std::isinf(n)) return n > 0 ? "+Inf" : "-Inf";
    }
    std::array<char, 64> text{};
    auto const end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
    return {text.data(), end};
}

double seconds(nanoseconds t) {
    return std::chrono::duration<double>(t).count();
}

// in_quotes: a label's value; otherwise a help text, where quotes are not escaped.
void append_escaped(std::string& out, std::string_view text, bool in_quotes) {
    for (char const c : text)
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else if (c == '"' && in_quotes)
            out += "\\\"";
        else
            out += c;
}

}  // namespace

void prometheus_writer::begin(std::string_view name, std::string_view type, std::string_view help) {
    if (last_ == name) return;
    last_ = name;
    text_.append("# HELP ").append(name).append(" ");
    append_escaped(text_, help, false);
    text_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

// bound: the upper bound of a histogram's bucket; empty for other lines.
void prometheus_writer::line(std::string_view name, std::string_view suffix, metric_labels const& labels,
                             std::string_view bound, std::string_view value) {
    text_.append(name).append(suffix);
    char before = '{';
    auto const label = [&](std::string_view key, std::string_view text) {
        text_ += std::exchange(before, ',');
        text_.append(key).append("=\"");
        append_escaped(text_, text, true);
        text_ += '"';
    };
    for (auto const& l : labels) label(l.name, l.value);
    if (!bound.empty()) label("le", bound);
    if (before == ',') text_ += '}';
    text_.append(" ").append(value).append("\n");
}

void prometheus_writer::counter(std::string_view name, std::string_view help, double value,
                                metric_labels const& labels) {
    begin(name, "counter", help);
    line(name, "", labels, "", number_text(value));
}

void prometheus_writer::counter(std::string_view name, std::string_view help, std::uint64_t value,
                                metric_labels const& labels) {
    begin(name, "counter", help);
    line(name, "", labels, "", number_text(value));
}

void prometheus_writer::gauge(std::string_view name, std::string_view help, double value, metric_labels const& labels) {
    begin(name, "gauge", help);
    line(name, "", labels, "", number_text(value));
}

void prometheus_writer::histogram(std::string_view name, std::string_view help, latency_histogram const& values,
                                  metric_labels const& labels) {
    begin(name, "histogram", help);
    for (auto const& b : bounds) line(name, "_bucket", labels, b.text, number_text(values.count_within(b.at)));
    auto const count = number_text(values.count());
    line(name, "_bucket", labels, "+Inf", count);
    line(name, "_sum", labels, "", number_text(seconds(values.sum())));
    line(name, "_count", labels, "", count);
}

}  // namespace aisle
