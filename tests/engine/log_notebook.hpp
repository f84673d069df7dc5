#pragma once

#include <aisle/log.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace aisle::test {

/// An event, with its fields as text.
struct told {
    log_level level;
    std::string event;
    std::map<std::string, std::string> fields;
};

inline std::string text_of(log_field const& f) {
    return std::visit(
        [](auto const& v) -> std::string {
            if constexpr (std::is_same_v<std::decay_t<decltype(v)>, std::string_view>)
                return std::string(v);
            else
                return std::to_string(v);
        },
        f.value);
}

/// Keeps the events; shared by the copies of its hook.
class notebook {
public:
    log_hook hook() {
        return [seen = seen_](log_level l, std::string_view event, std::span<log_field const> fields) {
            told t{l, std::string(event), {}};
            for (auto const& f : fields) t.fields.emplace(f.key, text_of(f));
            std::lock_guard const lock(seen->mutex);
            seen->all.push_back(std::move(t));
            seen->by.insert(std::this_thread::get_id());
        };
    }
    std::vector<told> all(std::string_view event = {}) const {
        std::lock_guard const lock(seen_->mutex);
        std::vector<told> out;
        for (auto const& t : seen_->all)
            if (event.empty() || t.event == event) out.push_back(t);
        return out;
    }
    bool on_this_thread() const { return seen_->by.contains(std::this_thread::get_id()); }
    long holders() const { return seen_.use_count() - 1; }

private:
    struct pages {
        std::mutex mutex;
        std::vector<told> all;
        std::set<std::thread::id> by;
    };
    std::shared_ptr<pages> seen_ = std::make_shared<pages>();
};

}  // namespace aisle::test
