#pragma once

#include "virtual_time.hpp"

#include <sstream>
#include <string>
#include <vector>

namespace aisle::simulation {

/// The events of a world, one line each: virtual seconds since its beginning, who, what. Off in ordinary runs, because
/// worlds are replayed by their seed.
class trace {
public:
    explicit trace(bool on) noexcept : on_(on) {}
    bool on() const noexcept { return on_; }

    template <class... T>
    void say(duration at, T const&... words) {
        if (!on_) return;
        std::ostringstream line;
        line.setf(std::ios::fixed);
        line.precision(6);
        line.width(12);
        line << seconds(at) << "  ";
        (line << ... << words);
        lines_.push_back(std::move(line).str());
    }
    std::vector<std::string> const& lines() const noexcept { return lines_; }

private:
    bool on_;
    std::vector<std::string> lines_;
};

}  // namespace aisle::simulation
