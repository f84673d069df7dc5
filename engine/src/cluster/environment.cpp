#include <aisle/options.hpp>

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

}  // namespace aisle
