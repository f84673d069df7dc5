#include <aisle/verdict.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

namespace aisle {
namespace {

using std::chrono::nanoseconds;

constexpr double most_of_the_time = 0.5;
constexpr double nearly_all_cpu = 0.8;
constexpr double nearly_full_link = 0.8;
// The bytes that TCP sends before the first acknowledgement (RFC 6928: 10 segments); they double with each round trip.
constexpr double first_flight_bytes = 14'600;

double share(nanoseconds part, nanoseconds whole) noexcept {
    return whole.count() > 0 ? static_cast<double>(part.count()) / static_cast<double>(whole.count()) : 0;
}

template <class... Value>
std::string words(char const* format, Value... value) {
    std::array<char, 256> text{};
    std::snprintf(text.data(), text.size(), format, value...);
    return text.data();
}

double percent(double s) noexcept {
    return std::round(100 * std::clamp(s, 0.0, 1.0));
}
double ms(nanoseconds t) noexcept {
    return static_cast<double>(t.count()) / 1e6;
}

// How a request's time is spent, on average.
struct request_time {
    explicit request_time(latency_stats const& l)
        : queued(l.queued.mean()),
          proxy(l.proxy.mean()),
          first_byte(l.first_byte.mean()),
          transfer(l.transfer.mean()) {}

    nanoseconds queued, proxy, first_byte, transfer;
    nanoseconds whole() const noexcept { return queued + proxy + first_byte + transfer; }
};

std::optional<verdict> of_consumer(engine_stats const& s) {
    if (auto const waits = share(s.consumer, s.streams); waits > most_of_the_time)
        return verdict{bound::consumer, words("%.0f %% of the time samples were waiting to be taken", percent(waits))};
    if (auto const idle = 1 - share(s.busy, s.elapsed); idle > most_of_the_time)
        return verdict{bound::consumer, words("%.0f %% of the time no batch was in flight", percent(idle))};
    return std::nullopt;
}

std::optional<verdict> of_cpu(engine_stats const& s) {
    auto const used = share(s.cpu, s.elapsed * std::max(s.threads, 1u));
    if (used < nearly_all_cpu) return std::nullopt;
    return verdict{bound::client_cpu, words("the engine's %u network thread%s computed %.0f %% of the time", s.threads,
                                            s.threads == 1 ? "" : "s", percent(used))};
}

std::optional<verdict> of_network(engine_stats const& s, request_time const& t) {
    auto const seconds = std::chrono::duration<double>(s.elapsed).count();
    auto const rate = static_cast<double>(s.wire_bytes) / seconds;
    auto const link = static_cast<double>(s.link_bytes_per_s);
    if (link > 0 && rate >= nearly_full_link * link)
        return verdict{bound::network, words("%.0f of the link's %.0f MB/s were used", rate / 1e6, link / 1e6)};
    // One to the proxy, one to the target, and those that TCP needs to send the response.
    auto const answers = static_cast<double>(std::max<std::uint64_t>(s.latency.transfer.count(), 1));
    auto const bytes = static_cast<double>(s.wire_bytes) / answers;
    auto const flights = std::floor(std::log2(1 + bytes / first_flight_bytes));
    auto const trips = nanoseconds(std::llround((2 + flights) * static_cast<double>(s.round_trip.count())));
    if (share(trips, t.whole()) <= most_of_the_time) return std::nullopt;
    return verdict{bound::network,
                   words("a request took %.1f ms; %.0f round trips of %.1f ms were %.0f %% of it", ms(t.whole()),
                         2 + flights, ms(s.round_trip), percent(share(trips, t.whole())))};
}

verdict of_server(engine_stats const& s, request_time const& t) {
    struct part {
        nanoseconds took;
        char const* format;
    };
    std::array const parts = {
        part{t.first_byte, "%.0f %% of a request's %.1f ms passed from the redirect to the target's first byte"},
        part{t.transfer, "%.0f %% of a request's %.1f ms passed while the target sent the samples"},
        part{t.proxy, "%.0f %% of a request's %.1f ms passed until a proxy redirected it"},
        part{t.queued, "%.0f %% of a request's %.1f ms passed before it was sent, because of the in-flight limit"}};
    auto const& most = *std::ranges::max_element(parts, {}, &part::took);
    auto text = words(most.format, percent(share(most.took, t.whole())), ms(t.whole()));
    if (s.refusals > 0)
        text += words("; the cluster refused %llu request%s", static_cast<unsigned long long>(s.refusals),
                      s.refusals == 1 ? "" : "s");
    return {bound::server, std::move(text)};
}

}  // namespace

std::string_view to_string(bound b) noexcept {
    switch (b) {
        case bound::nothing: return "nothing";
        case bound::server: return "server";
        case bound::network: return "network";
        case bound::client_cpu: return "client CPU";
        case bound::consumer: return "consumer";
    }
    return "";
}

verdict judge(engine_stats const& s) {
    if (s.samples_delivered == 0 || s.elapsed.count() <= 0)
        return {bound::nothing, words("no sample arrived in %.1f s", std::chrono::duration<double>(s.elapsed).count())};
    if (auto v = of_consumer(s)) return std::move(*v);
    if (auto v = of_cpu(s)) return std::move(*v);
    request_time const t(s.latency);
    if (auto v = of_network(s, t)) return std::move(*v);
    return of_server(s, t);
}

}  // namespace aisle
