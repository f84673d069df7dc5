// Defaults and ranges of engine_options.
#include "engine_options.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/slab.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <limits>
#include <string>
#include <utility>

namespace aisle {
namespace {

std::string from_environment(char const* name) {
    auto const* const value = std::getenv(name);
    return value ? value : "";
}

bool is_true(std::string value) {
    std::ranges::transform(value, value.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return value == "1" || value == "t" || value == "true" || value == "y" || value == "yes" || value == "on";
}

}  // namespace

std::string default_endpoint() {
    auto given = from_environment("AIS_ENDPOINT");
    return given.empty() ? "http://localhost:8080" : given;
}

tls_options default_tls() {
    tls_options out;
    out.ca_file = from_environment("AIS_CLIENT_CA");
    out.certificate_file = from_environment("AIS_CRT");
    out.key_file = from_environment("AIS_CRT_KEY");
    out.verify = !is_true(from_environment("AIS_SKIP_VERIFY_CRT"));
    return out;
}

credentials default_credentials() {
    return {from_environment("AIS_AUTHN_TOKEN"), from_environment("AIS_AUTHN_TOKEN_FILE")};
}

namespace detail {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds for_ever = std::chrono::hours(24 * 365 * 100);
constexpr unsigned most_shards = 256;
constexpr unsigned most_in_flight = 65'536;
constexpr unsigned most_entries = 65'536;

[[noreturn]] void refuse(std::string text) {
    throw exception({errc::invalid_argument, stage::usage, std::move(text)});
}

void check(milliseconds& t, char const* name, milliseconds least) {
    if (t < least)
        refuse(std::string(name) + " is " + std::to_string(t.count()) + " ms: it must be " +
               std::to_string(least.count()) + " ms or more; milliseconds::max() means no limit");
    t = std::min(t, for_ever);
}

}  // namespace

http::tls_settings tls_of(tls_options const& given) {
    return {given.ca_file, given.certificate_file, given.key_file, given.verify};
}

engine_options checked(engine_options o) {
    using namespace std::chrono_literals;
    check(o.connect_timeout, "connect_timeout", 1ms);
    check(o.proxy_timeout, "proxy_timeout", 1ms);
    check(o.first_byte_timeout, "first_byte_timeout", 1ms);
    check(o.idle_timeout, "idle_timeout", 1ms);
    check(o.request_timeout, "request_timeout", 1ms);
    if (o.memory_budget_bytes < slab_pool::min_slab_bytes)
        refuse("memory_budget_bytes is " + std::to_string(o.memory_budget_bytes) + ": it must be 256 KiB or more");
    if (o.shards > most_shards) refuse("shards is " + std::to_string(o.shards) + ": it must be 0 (automatic) to 256");
    // Capped, so that sums of byte counts do not overflow.
    o.memory_budget_bytes = std::min(o.memory_budget_bytes, std::numeric_limits<std::size_t>::max() / 4);
    http::tls_context const made(tls_of(o.tls));
    return o;
}

stream_options checked(stream_options o) {
    using namespace std::chrono_literals;
    check(o.run_timeout, "run_timeout", 0ms);
    check(o.retry.elapsed, "retry.elapsed", 0ms);
    check(o.retry.unreached, "retry.unreached", 0ms);
    check(o.retry.first_wait, "retry.first_wait", 0ms);
    check(o.retry.longest_wait, "retry.longest_wait", 0ms);
    if (o.retry.attempts == 0) refuse("retry.attempts is 0: it must be 1 or more");
    if (o.in_flight > most_in_flight)
        refuse("in_flight is " + std::to_string(o.in_flight) + ": it must be 0 (automatic) to 65536");
    if (o.max_in_flight > most_in_flight)
        refuse("max_in_flight is " + std::to_string(o.max_in_flight) + ": it must be 0 (automatic) to 65536");
    if (!codec::archive_format_named(o.output_format))
        throw exception({errc::unsupported, stage::usage,
                         "output_format \"" + o.output_format + "\" is not one of " + codec::archive_format_names()});
    return o;
}

feed_options checked(feed_options o) {
    using namespace std::chrono_literals;
    check(o.linger, "linger", 0ms);
    if (o.batch_size > most_entries)
        refuse("batch_size is " + std::to_string(o.batch_size) + ": it must be 0 (automatic) to 65536");
    if (o.max_waiting == 0) refuse("max_waiting is 0: it must be 1 or more");
    return o;
}

}  // namespace detail
}  // namespace aisle
