#include "shard_sight.hpp"

#include "../batch/fault.hpp"

namespace aisle::detail {
namespace {

// This process lacks memory or descriptors: no target is at fault.
bool is_own_lack(error const& fault) noexcept {
    return is_short_of_descriptors(fault) || fault.code == boost::system::errc::not_enough_memory;
}

}  // namespace

void shard_sight::asked(std::uint64_t batch, batch_action const& a, std::optional<error> const& overcome) noexcept {
    bool const hedges = a.another_proxy;
    if (hedges) latency.hedge_delay.add(a.waited);
    std::string_view const why = overcome ? std::string_view(overcome->text) : std::string_view();
    if (hedges)
        log_.tell(log_level::debug, "hedge",
                  {{"batch", batch},
                   {"entries", a.entries.size()},
                   {"after_ms", std::chrono::duration<double, std::milli>(a.waited).count()}});
    else if (a.again)
        log_.tell(log_level::info, "retry", {{"batch", batch}, {"entries", a.entries.size()}, {"why", why}});
    else if (a.form == request_form::plain)
        log_.tell(log_level::debug, "plain_get", {{"batch", batch}, {"entry", a.entries.front()}});
}

void shard_sight::head_came(watched_request& r, clock::time_point now) noexcept {
    r.head_at = now;
    latency.first_byte.add(now - r.redirected_at);
}

void shard_sight::ended(std::uint64_t batch, watched_request const& r, error const* fault) {
    if (fault) tell_fault(batch, r, *fault);
    if (r.target.empty()) return;
    bool const all_came = r.last_at != clock::time_point() && r.head_at != clock::time_point();
    if (all_came) latency.transfer.add(r.last_at - r.head_at);
    target_table::request_end end;
    end.bytes = r.bytes;
    end.samples = r.samples;
    end.failed = fault && !is_own_lack(*fault);
    end.refused = fault && is_refusal(fault->http_status);
    if (all_came) end.took = r.last_at - r.redirected_at;
    targets.note(r.target, end);
}

void shard_sight::tell_fault(std::uint64_t batch, watched_request const& r, error const& fault) {
    if (!log_.wants(log_level::warning)) return;
    std::string_view const node = r.target.empty() ? std::string_view("a proxy") : std::string_view(r.target);
    if (is_short_of_descriptors(fault))
        log_.tell(log_level::warning, "limit.reached", {{"limit", "descriptors"}, {"why", fault.text}});
    else if (fault.code == boost::system::errc::not_enough_memory)
        log_.tell(log_level::warning, "limit.reached", {{"limit", "memory"}, {"batch", batch}, {"why", fault.text}});
    else if (is_refusal(fault.http_status))
        return;  // refused() logs it
    else if (nature_of(fault, false) == fault_nature::link)
        log_.tell(log_level::warning, "connection.lost", {{"batch", batch}, {"node", node}, {"why", fault.text}});
    else
        log_.tell(log_level::warning, "response.faulty",
                  {{"batch", batch},
                   {"node", node},
                   {"status", fault.http_status},
                   {"why", fault.text},
                   {"server", fault.server_text}});
}

void shard_sight::refused(std::uint64_t batch, http::url const& by, error const& why,
                          std::optional<std::chrono::milliseconds> retry_after, unsigned limit) {
    if (!log_.wants(log_level::warning)) return;
    auto const node = by.authority();
    log_.tell(log_level::warning, "limit.reached",
              {{"limit", "requests"},
               {"batch", batch},
               {"node", node},
               {"status", why.http_status},
               {"retry_after_ms", retry_after ? retry_after->count() : 0},
               {"may_be_under_way", limit}});
}

void shard_sight::held_back(std::uint64_t batch, std::size_t in_use_bytes, std::size_t budget_bytes) noexcept {
    log_.tell(log_level::warning, "limit.reached",
              {{"limit", "memory"}, {"batch", batch}, {"in_use_bytes", in_use_bytes}, {"budget_bytes", budget_bytes}});
}

void shard_sight::entry_failed(std::uint64_t batch, std::uint32_t entry, error const& why) noexcept {
    log_.tell(log_level::error, "entry.failed",
              {{"batch", batch},
               {"entry", entry},
               {"status", why.http_status},
               {"why", why.text},
               {"server", why.server_text}});
}

void shard_sight::answered(batch_report const& report) noexcept {
    if (report.delivered == 0) return;
    latency.first_sample.add(report.first_sample);
    latency.batch.add(report.last_sample);
}

}  // namespace aisle::detail
