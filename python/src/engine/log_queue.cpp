#include "log_queue.hpp"

#include "../entry/text_object.hpp"

namespace aisle::python {

void log_queue::add(log_level level, std::string_view name, std::span<log_field const> fields) {
    if (level < least_.load(std::memory_order_relaxed)) return;
    event made{level, std::string(name), {}};
    for (auto const& f : fields)
        made.fields.emplace_back(std::string(f.key),
                                 std::visit(
                                     [](auto const& v) -> value {
                                         if constexpr (std::is_same_v<decltype(v), std::string_view const&>)
                                             return std::string(v);
                                         else
                                             return v;
                                     },
                                     f.value));
    std::lock_guard const held(mutex_);
    if (events_.size() < most_waiting)
        events_.push_back(std::move(made));
    else
        ++dropped_;
    waits_.store(true, std::memory_order_relaxed);
}

nb::list log_queue::take() {
    std::deque<event> taken;
    std::uint64_t dropped = 0;
    {
        std::lock_guard const held(mutex_);
        taken.swap(events_);
        dropped = std::exchange(dropped_, 0);
        waits_.store(false, std::memory_order_relaxed);
    }
    nb::list out;
    for (auto const& e : taken) {
        nb::dict fields;
        for (auto const& [key, v] : e.fields)
            fields[text_object(key)] = std::visit(
                [](auto const& held) -> nb::object {
                    if constexpr (std::is_same_v<decltype(held), std::string const&>)
                        return text_object(held);
                    else
                        return nb::cast(held);
                },
                v);
        out.append(nb::make_tuple(static_cast<int>(e.level), text_object(e.name), fields));
    }
    if (dropped) {
        nb::dict fields;
        fields["events"] = dropped;
        out.append(nb::make_tuple(static_cast<int>(log_level::warning), text_object("log.dropped"), fields));
    }
    return out;
}

}  // namespace aisle::python
