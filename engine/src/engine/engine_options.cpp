// What engine_options are by default, and what they may not be.
#include "engine_options.hpp"

#include <aisle/slab.hpp>

#include <algorithm>
#include <cstdlib>
#include <string_view>

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

http::tls_settings tls_of(tls_options const& given) {
    return {given.ca_file, given.certificate_file, given.key_file, given.verify};
}

void check_options(engine_options const& o) {
    using namespace std::chrono_literals;
    auto const refuse = [](char const* text) { throw exception({errc::invalid_argument, stage::usage, text}); };
    if (o.memory_budget_bytes < slab_pool::min_slab_bytes) refuse("memory_budget_bytes is under 256 KiB");
    if (o.shards > 256) refuse("shards is over 256");
    if (std::min({o.connect_timeout, o.proxy_timeout, o.first_byte_timeout, o.idle_timeout, o.request_timeout}) <= 0ms)
        refuse("a timeout is not positive");
    http::tls_context const made(tls_of(o.tls));
}

}  // namespace detail
}  // namespace aisle
