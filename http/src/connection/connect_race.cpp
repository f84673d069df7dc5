#include <aisle/http/connect_race.hpp>

#include <algorithm>

namespace aisle::http {

std::vector<boost::asio::ip::address> interleaved(std::vector<boost::asio::ip::address> found) {
    if (found.empty()) return found;
    auto const is_of_first = [v6 = found.front().is_v6()](auto const& a) { return a.is_v6() == v6; };
    auto const second = std::stable_partition(found.begin(), found.end(), is_of_first);
    std::vector<boost::asio::ip::address> out;
    out.reserve(found.size());
    for (auto one = found.begin(), other = second; one != second || other != found.end();) {
        if (one != second) out.push_back(*one++);
        if (other != found.end()) out.push_back(*other++);
    }
    return out;
}

std::optional<std::size_t> connect_race::start(time_point now) noexcept {
    if (started_ == addresses_ || now < next_) return std::nullopt;
    next_ = now + delay;
    return started_++;
}

void connect_race::failed() noexcept {
    ++failed_;
    next_ = time_point::min();
}

}  // namespace aisle::http
