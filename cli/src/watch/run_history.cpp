#include "run_history.hpp"

#include <utility>

namespace aisle::cli {
namespace {

double rate(std::uint64_t n, std::chrono::duration<double> in) {
    return in.count() > 0 ? static_cast<double>(n) / in.count() : 0;
}

run_point point_of(engine_stats const& interval, std::chrono::duration<double> took) {
    run_point p;
    p.samples_per_s = rate(interval.samples_delivered, took);
    p.bytes_per_s = rate(interval.payload_bytes, took);
    p.in_flight = interval.batches_in_flight;
    p.window = interval.window;
    p.batches = interval.latency.batch.count();
    p.batch_p50 = interval.latency.batch.percentile(50);
    p.batch_p95 = interval.latency.batch.percentile(95);
    p.batch_p99 = interval.latency.batch.percentile(99);
    p.memory_in_use = interval.slab_bytes_in_use;
    p.memory_held = interval.held_bytes;
    p.memory_idle = interval.slab_bytes_idle;
    p.retries = interval.retries;
    p.hedges = interval.hedges;
    p.refusals = interval.refusals;
    p.cold = interval.cold;
    p.cpu_cores = took.count() > 0 ? std::chrono::duration<double>(interval.cpu) / took : 0;
    return p;
}

}  // namespace

void run_history::begin(engine_stats stats, clock::time_point now) {
    began_ = newest_at_ = point_base_at_ = now;
    base_ = newest_ = point_base_ = std::move(stats);
    anchors_.clear();
    anchors_.push_back({now, base_});
    points_.clear();
}

void run_history::add(engine_stats stats, clock::time_point now) {
    newest_ = std::move(stats);
    newest_at_ = now;
    if (now - point_base_at_ >= shortest) add_point();
    if (anchors_.empty() || now - anchors_.back().at < recently / 2) return;
    anchors_.push_back({now, newest_});
    if (anchors_.size() > 2) anchors_.pop_front();
}

void run_history::add_point() {
    auto p = point_of(newest_.since(point_base_), newest_at_ - point_base_at_);
    p.number = ++last_;
    p.at_s = elapsed().count();
    points_.push_back(p);
    if (points_.size() > capacity) points_.pop_front();
    point_base_ = newest_;
    point_base_at_ = newest_at_;
}

std::vector<run_point> run_history::after(std::uint64_t number) const {
    std::vector<run_point> out;
    for (auto const& p : points_)
        if (p.number > number) out.push_back(p);
    return out;
}

}  // namespace aisle::cli
