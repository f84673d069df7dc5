#include "run_watch.hpp"

#include "page/page_files.hpp"
#include "run_metrics.hpp"

#include <aisle/verdict.hpp>

#include <array>
#include <cstdio>
#include <utility>

namespace aisle::cli {
namespace {

constexpr std::chrono::seconds snapshot_interval{1};
constexpr int snapshots_per_log_line = 10;
// A cluster that does not respond delays the start and the end of a run by at most this.
constexpr std::chrono::milliseconds cluster_timeout{2'000};

bool is_logged(log_options const& log) {
    return log.hook && log.level <= log_level::info;
}

std::uint64_t value_of(std::atomic<std::uint64_t> const& counter) {
    return counter.load(std::memory_order_relaxed);
}

}  // namespace

std::shared_ptr<event_ring> ring_for(watch_options const& options, log_options& log) {
    if (!options.page) return nullptr;
    auto ring = std::make_shared<event_ring>();
    log = with_ring(std::move(log), ring);
    return ring;
}

run_watch::run_watch(watch_options const& options, engine_options const& engine, std::shared_ptr<event_ring> events,
                     watched_run run)
    : run_(std::move(run)), log_(engine.log), events_(events ? std::move(events) : std::make_shared<event_ring>()) {
    bool const is_served = options.page || options.metrics;
    if (options.wants_cluster()) cluster_.emplace(engine);
    if (!is_served && !is_logged(log_)) return;
    history_.begin(run_.stats(), clock::now());
    if (is_served) serve(options);
    thread_ = std::jthread([this](std::stop_token stop) { this->run(stop); });
}

run_watch::~run_watch() {
    try {
        end();
    } catch (...) {  // no memory for the last figures
    }
}

void run_watch::serve(watch_options const& options) {
    page_server::site page;
    for (auto const& f : page_files())
        page.pages[std::string(f.path)] = {std::string(f.content_type), [f] { return std::string(f.bytes); }};
    page.pages["/snapshot.json"] = {"application/json", [this] {
                                        view_place all;
                                        return snapshot(all);
                                    }};
    page.feeds["/events"] = {[this] { return [this, from = view_place{}]() mutable { return snapshot(from); }; }};
    page_server::site metrics_site;
    metrics_site.pages["/metrics"] = {std::string(prometheus_content_type), [this] { return metrics(); }};
    // One server for both if the addresses are the same. With port 0 each gets its own.
    if (options.page && options.page->port != 0 && options.page == options.metrics)
        page.pages.merge(metrics_site.pages);
    if (options.page) {
        servers_.push_back(std::make_unique<page_server>(*options.page, std::move(page)));
        std::fprintf(stderr, "aisle: live page at http://%s/\n", to_string(servers_.back()->address()).c_str());
    }
    if (options.metrics && !metrics_site.pages.empty())
        servers_.push_back(std::make_unique<page_server>(*options.metrics, std::move(metrics_site)));
    if (options.metrics)
        std::fprintf(stderr, "aisle: metrics at http://%s/metrics\n", to_string(servers_.back()->address()).c_str());
}

void run_watch::run(std::stop_token stop) {
    int snapshots = 0;
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, stop, snapshot_interval, [&stop] { return stop.stop_requested(); })) return;
        }
        take_snapshot();
        for (auto const& s : servers_) s->publish();
        if (++snapshots % snapshots_per_log_line == 0) log_progress("run.progress");
    }
}

void run_watch::take_snapshot() {
    auto stats = run_.stats();
    std::lock_guard const lock(mutex_);
    history_.add(std::move(stats), clock::now());
}

void run_watch::begin() {
    if (cluster_) {
        cluster_->refresh(cluster_timeout);
        cluster_->begin();
    }
    auto stats = run_.stats();
    {
        std::lock_guard const lock(mutex_);
        history_.begin(std::move(stats), clock::now());
        state_ = run_state::running;
    }
    log_progress("run.started");
}

watched_figures run_watch::end() {
    if (std::exchange(ended_, true)) return {};
    bool const is_shown = thread_.joinable();
    thread_ = {};
    bool const began = state_ == run_state::running;
    if (is_shown || began) take_snapshot();
    bool const polled = cluster_ && began && cluster_->refresh(cluster_timeout);
    {
        std::lock_guard const lock(mutex_);
        state_ = run_state::ended;
    }
    for (auto const& s : servers_) s->close();
    if (began) log_progress("run.ended");
    if (!began) return {};
    watched_figures out{.engines = history_.whole(), .cluster = {}};
    if (!cluster_) return out;
    out.cluster = cluster_->report();
    if (!polled && out.cluster.why.empty()) out.cluster.why = "no response in time";
    return out;
}

std::string run_watch::snapshot(view_place& from) const {
    std::lock_guard const lock(mutex_);
    run_view view{.command = run_.command,
                  .about = run_.about,
                  .state = state_,
                  .expected = run_.expected(),
                  .checks = run_.checks,
                  .delivered = value_of(run_.counters.delivered),
                  .missing = value_of(run_.counters.missing),
                  .failed = value_of(run_.counters.failed),
                  .wrong = value_of(run_.counters.wrong),
                  .lost = value_of(run_.counters.lost),
                  .memory_budget_bytes = run_.memory_budget_bytes,
                  .resident_bytes = resident_bytes_now(),
                  .history = history_,
                  .cluster = {}};
    if (cluster_) view.cluster = cluster_->current();
    return snapshot_json(view, *events_, from);
}

std::string run_watch::metrics() const {
    auto out = run_metrics_text(run_.stats(), run_.counters, run_.checks);
    if (cluster_) out += cluster_metrics_text(cluster_->current());
    return out;
}

void run_watch::log_progress(std::string_view event) const {
    if (!is_logged(log_)) return;
    auto const& c = run_.counters;
    double elapsed = 0;
    engine_stats whole;
    {
        std::lock_guard const lock(mutex_);
        elapsed = history_.elapsed().count();
        whole = history_.whole();
    }
    auto const per_s = [elapsed](std::uint64_t n) { return elapsed > 0 ? static_cast<double>(n) / elapsed : 0; };
    std::vector<log_field> fields{{"command", std::string_view(run_.command)}, {"about", std::string_view(run_.about)}};
    if (event != "run.started") {
        fields.insert(fields.end(), {{"seconds", elapsed},
                                     {"delivered", value_of(c.delivered)},
                                     {"missing", value_of(c.missing)},
                                     {"failed", value_of(c.failed)},
                                     {"bytes", whole.payload_bytes},
                                     {"samples_per_s", per_s(whole.samples_delivered)},
                                     {"retries", whole.retries},
                                     {"hedges", whole.hedges}});
        if (run_.checks) fields.insert(fields.end(), {{"wrong", value_of(c.wrong)}, {"lost", value_of(c.lost)}});
    }
    std::string by;
    std::string reason;
    if (event == "run.ended") {
        auto const v = judge(whole);
        by = to_string(v.by);
        reason = v.reason;
        fields.insert(fields.end(), {{"bound_by", std::string_view(by)}, {"reason", std::string_view(reason)}});
    }
    log_.hook(log_level::info, event, fields);
}

}  // namespace aisle::cli
