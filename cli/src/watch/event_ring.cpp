#include "event_ring.hpp"

#include "../text/log_text.hpp"

#include <utility>

namespace aisle::cli {

void event_ring::add(log_level level, std::string_view name, std::span<log_field const> fields) {
    if (name == "plain_get" || name == "run.progress") return;
    event fresh{0, std::chrono::system_clock::now(), level, std::string(name), event_fields_json(fields)};
    std::lock_guard const lock(mutex_);
    fresh.number = ++last_;
    events_.push_back(std::move(fresh));
    if (events_.size() > capacity) events_.pop_front();
}

std::vector<event_ring::event> event_ring::after(std::uint64_t number) const {
    std::lock_guard const lock(mutex_);
    std::vector<event> out;
    for (auto const& e : events_)
        if (e.number > number) out.push_back(e);
    return out;
}

log_options with_ring(log_options own, std::shared_ptr<event_ring> ring) {
    log_options out;
    out.level = log_level::debug;
    out.hook = [own = std::move(own), ring = std::move(ring)](log_level level, std::string_view name,
                                                              std::span<log_field const> fields) {
        ring->add(level, name, fields);
        if (own.hook && level >= own.level) own.hook(level, name, fields);
    };
    return out;
}

}  // namespace aisle::cli
