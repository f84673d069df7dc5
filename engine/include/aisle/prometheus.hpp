#pragma once

#include <aisle/cluster_stats.hpp>
#include <aisle/export.h>
#include <aisle/stats.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aisle {

/// The Content-Type for prometheus_text(): Prometheus' text format, version 0.0.4.
inline constexpr std::string_view prometheus_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// A label of a series. name: letters, digits and '_', not beginning with a digit. value: any text.
struct metric_label {
    std::string name;
    std::string value;
};
using metric_labels = std::vector<metric_label>;

/// One of several engines of a process. The labels of each engine must differ.
struct labelled_stats {
    metric_labels labels;
    engine_stats stats;
};

/// Renders all of an engine's figures in Prometheus' text format, as counters, gauges and histograms.
/// docs/observability.md lists the metrics with units, meanings and their OpenTelemetry names. stats: from
/// engine::stats(). An interval (since()) does not fit, because counters must only grow. Pure.
///
///     http_response.body = aisle::prometheus_text(engine.stats());
AISLE_API std::string prometheus_text(engine_stats const& stats);
/// The same for several engines: each metric has a series for each engine.
AISLE_API std::string prometheus_text(std::span<labelled_stats const> engines);
/// Renders the targets' counters, from fetch_cluster_stats(). The text may be appended to that of engines. Not needed
/// when Prometheus scrapes the targets themselves. Pure.
AISLE_API std::string prometheus_text(cluster_stats const& cluster);

/// Writes metrics in Prometheus' text format, such as a program's own metrics beside those of an engine. Not
/// thread-safe.
///
/// Write all series of a metric one after the other: HELP and TYPE are written when the name changes.
class AISLE_API prometheus_writer {
public:
    /// name: the metric's name, without labels; that of a counter should end in "_total". help: one line.
    void counter(std::string_view name, std::string_view help, double value, metric_labels const& labels = {});
    void counter(std::string_view name, std::string_view help, std::uint64_t value, metric_labels const& labels = {});
    void gauge(std::string_view name, std::string_view help, double value, metric_labels const& labels = {});
    /// In seconds, in buckets from 0.5 ms to 60 s. A bucket may include values that exceed its bound by up to 3.7 %.
    void histogram(std::string_view name, std::string_view help, latency_histogram const& values,
                   metric_labels const& labels = {});

    std::string const& text() const noexcept { return text_; }
    std::string take() && noexcept { return std::move(text_); }

private:
    void begin(std::string_view name, std::string_view type, std::string_view help);
    void line(std::string_view name, std::string_view suffix, metric_labels const& labels, std::string_view bound,
              std::string_view value);

    std::string text_;
    std::string last_;  // name of the metric that was written last
};

}  // namespace aisle
