#include "rewrite.hpp"

namespace aisle::faults {
namespace {

constexpr std::string_view scheme = "http://";
constexpr std::string_view direct_url = "\"direct_url\":";

std::string_view reason(int status) {
    switch (status) {
        case 401: return "Unauthorized";
        case 429: return "Too Many Requests";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        default: return "Refused";
    }
}

}  // namespace

bool is_cluster_map(std::string_view target) {
    return (target.starts_with("/v1/daemon") || target.starts_with("/v1/cluster")) &&
           target.find("what=smap") != std::string_view::npos;
}

std::string rewrite_url(std::string_view url, switchboard& home) {
    if (!url.starts_with(scheme)) return std::string(url);
    auto const rest = url.substr(scheme.size());
    auto const authority = rest.substr(0, rest.find_first_of("/?"));
    return std::string(scheme) + home.stand_in(authority) + std::string(rest.substr(authority.size()));
}

std::string rewrite_map(std::string_view json, switchboard& home) {
    std::string out;
    for (;;) {
        auto const found = json.find(direct_url);
        if (found == std::string_view::npos) return out += json;
        auto const begin = json.find('"', found + direct_url.size());
        auto const end = begin == std::string_view::npos ? begin : json.find('"', begin + 1);
        if (end == std::string_view::npos) return out += json;
        out += json.substr(0, begin + 1);
        out += rewrite_url(json.substr(begin + 1, end - begin - 1), home);
        json.remove_prefix(end);
    }
}

std::string refusal(fault const& f, std::string_view method, std::string_view target) {
    auto const status = std::to_string(f.status);
    auto const path = target.substr(0, target.find('?'));
    std::string body = R"({"message":"refused by the fault relay","method":")" + std::string(method) +
                       R"(","url_path":")" + std::string(path) + R"(","remote_addr":"","caller":"","node":"relay",)" +
                       R"("status":)" + status;
    if (f.status == 429) body += R"(,"tcode":"ErrTooManyRequests")";
    body += "}";
    auto text = "HTTP/1.1 " + status + " " + std::string(reason(f.status)) +
                "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
    if (f.retry_after >= 0) text += "Retry-After: " + std::to_string(f.retry_after) + "\r\n";
    text += "\r\n";
    if (method != "HEAD") text += body;
    return text;
}

}  // namespace aisle::faults
