#include "cluster_checks.hpp"

#include "../text/quantity.hpp"
#include "../text/remedy.hpp"
#include "check_text.hpp"

#include <aisle/base/ascii.hpp>
#include <aisle/http/url.hpp>

#include <algorithm>

namespace aisle::cli {
namespace {

using clock = std::chrono::system_clock;

/// A response of several packets, whatever the network: larger than an Ethernet frame of 1500 bytes.
constexpr std::size_t large_bytes = 2'000;
constexpr std::chrono::seconds tolerated_clock_difference{5};
constexpr std::chrono::hours token_warning{1};

std::string milliseconds_text(std::chrono::microseconds t) {
    return std::to_string((t.count() + 500) / 1000) + " ms";
}

std::string http_text(node_response const& r) {
    return "HTTP " + std::to_string(r.status) + (r.message.empty() ? "" : ": " + r.message);
}

std::string proxies_text(std::size_t n) {
    return format_count(n, "proxy", "proxies");
}

std::string targets_text(std::size_t n) {
    return format_count(n, "target", "targets");
}

}  // namespace

bool cluster_checks::run() {
    std::string_view rest = options_.endpoint;
    while (!stopped_()) {
        auto const comma = rest.find(',');
        check_endpoint(std::string(base::trimmed(rest.substr(0, comma))));
        if (comma == rest.npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (responding_.empty() || stopped_()) return false;
    check_tls();
    if (!read_token()) return false;
    auto map = client_.get(responding_.front() + "/v1/daemon?what=smap", authorization_);
    if (!check_token(map) || !check_map(std::move(map))) return false;
    check_version();
    check_nodes("proxy", map_.proxies);
    check_nodes("target", map_.targets);
    return true;
}

void cluster_checks::check_endpoint(std::string const& text) {
    auto const url = http::parse_endpoint(text);
    if (!url) return report_.fail("endpoint", url.error().text, "write http://HOST:PORT or https://HOST:PORT");
    auto const response = client_.get(url->origin() + "/v1/health");
    if (!response) {
        auto const is_tls = response.error().code == errc::tls_failed;
        return report_.fail(is_tls ? "TLS" : "endpoint", response.error().message(), remedy_of(response.error()));
    }
    if (response->status == 503)
        return report_.fail("endpoint", url->origin() + " responds " + http_text(*response),
                            "the cluster is starting: try again later");
    if (response->status != 200)
        return report_.fail("endpoint", url->origin() + " responds " + http_text(*response),
                            "it is not an AIStore proxy: check host and port");
    report_.ok("endpoint", url->origin() + " responds in " + milliseconds_text(response->took));
    if (responding_.empty()) check_clock(*response);
    responding_.push_back(url->origin());
}

void cluster_checks::check_tls() {
    if (!responding_.front().starts_with("https://")) return report_.skip("TLS", "the endpoint uses http");
    if (!options_.tls.verify)
        return report_.warn("TLS", "the server's certificate is not verified",
                            "remove --insecure or AIS_SKIP_VERIFY_CRT, and give the certificate authority with --ca");
    report_.ok("TLS", "the server's certificate is valid" +
                          std::string(options_.tls.certificate_file.empty() ? "" : "; a client certificate is used"));
}

bool cluster_checks::read_token() {
    auto const value = authorization(options_.credentials);
    if (!value) {
        report_.fail("token", value.error().text, "get a new token, or correct --token-file or AIS_AUTHN_TOKEN_FILE");
        return false;
    }
    authorization_ = *value;
    return true;
}

bool cluster_checks::check_token(result<node_response> const& map) {
    bool const refused = map && (map->status == 401 || map->status == 403);
    if (refused && authorization_.empty()) {
        report_.fail("token", "the cluster requires a token (" + http_text(*map) + ")",
                     "set AIS_AUTHN_TOKEN or AIS_AUTHN_TOKEN_FILE, or give --token-file");
        return false;
    }
    if (refused) {
        report_.fail("token", "the cluster refuses the token (" + http_text(*map) + ")", "get a new token");
        return false;
    }
    if (authorization_.empty()) {
        report_.ok("token", "none is given, and the cluster requires none");
        return true;
    }
    auto const expiry = token_expiry(authorization_);
    auto const left = expiry ? *expiry - clock::now() : clock::duration::max();
    auto const left_text =
        expiry ? ", expires in " + format_span(std::chrono::duration_cast<std::chrono::seconds>(left)) : std::string();
    if (expiry && left <= left.zero())
        report_.warn("token", "it has expired by this machine's clock", "get a new token, or set the clock");
    else if (expiry && left < token_warning)
        report_.warn("token", "it is accepted" + left_text, "get a new token before a long run");
    else if (!responding_.front().starts_with("https://"))
        report_.warn("token", "it is accepted" + left_text + ", but is sent unencrypted", "use https");
    else
        report_.ok("token", "it is accepted" + left_text);
    return true;
}

bool cluster_checks::check_map(result<node_response> response) {
    if (!response) {
        report_.fail("cluster map", response.error().message(), remedy_of(response.error()));
        return false;
    }
    if (response->status != 200) {
        report_.fail("cluster map", "the proxy responds " + http_text(*response),
                     response->status == 503 ? "the cluster is starting: try again later" : "check the proxy's log");
        return false;
    }
    auto map = codec::read_cluster_map(std::move(response->body));
    if (!map) {
        report_.fail("cluster map", map.error().message(), "check that the endpoint is an AIStore proxy");
        return false;
    }
    map_ = std::move(*map);
    auto const text = "version " + std::to_string(map_.version) + ": " + proxies_text(map_.proxies.size()) + ", " +
                      targets_text(map_.targets.size());
    auto const is_at = [this](codec::cluster_node const& n) {
        return std::ranges::find(responding_, n.url) != responding_.end();
    };
    auto const away = std::ranges::count_if(map_.targets, &codec::cluster_node::out_of_service);
    if (std::ranges::any_of(map_.targets, is_at))
        report_.fail("cluster map", "the endpoint is a target, not a proxy", "give a proxy: " + map_.primary_url);
    else if (map_.targets.empty())
        report_.fail("cluster map", "the cluster has no targets", "start its targets");
    else if (away > 0)
        report_.warn("cluster map", text + ", of which " + std::to_string(away) + " in maintenance",
                     "their objects may be missing until the cluster has moved them");
    else
        report_.ok("cluster map", text);
    return true;
}

void cluster_checks::check_version() {
    auto const response = client_.get(responding_.front() + "/v1/daemon?what=node_status", authorization_);
    auto const version = response && response->status == 200 ? version_in(response->body) : std::string();
    if (version.empty()) return report_.skip("version", "the proxy does not report it");
    report_.ok("version", "AIStore " + version);
}

void cluster_checks::check_nodes(std::string_view role, std::vector<codec::cluster_node> const& nodes) {
    for (auto const& node : nodes) {
        if (stopped_()) return;
        auto const check = std::string(role) + ' ' + node.id;
        auto const response = client_.get(node.url + "/v1/health");
        if (!response) {
            auto remedy = remedy_of(response.error());
            if (role == "target") remedy += "; clients need direct access to all targets";
            report_.fail(check, response.error().message(), std::move(remedy));
        } else if (response->status != 200) {
            report_.fail(check, node.url + " responds " + http_text(*response), "check the node's log");
        } else {
            check_large_response(check, node, role == "proxy" ? authorization_ : std::string());
        }
    }
}

// Small packets pass where the path MTU is wrong; a response of several full packets does not.
void cluster_checks::check_large_response(std::string const& check, codec::cluster_node const& node,
                                          std::string const& token) {
    std::size_t most = 0;
    for (auto const* what : {"smap", "config"}) {
        auto const response = client_.get(node.url + "/v1/daemon?what=" + what, token);
        if (!response)
            return report_.fail(check, "small responses arrive, a large one does not: " + response.error().message(),
                                "check that the MTU is the same on the whole path: ping -M do -s 1472 HOST");
        if (response->status == 200) most = std::max(most, response->body.size());
        if (most >= large_bytes) break;
    }
    auto const text = node.url + " responds";
    if (most >= large_bytes) return report_.ok(check, text + ", also with " + std::to_string(most) + " bytes");
    report_.ok(check, text + " (MTU not checked: its largest response has " + std::to_string(most) + " bytes)");
}

void cluster_checks::check_clock(node_response const& response) {
    auto const theirs = parse_http_date(response.date);
    if (!theirs) return report_.skip("clock", "the proxy does not send its time");
    // The field has whole seconds, and was written at some time during the request.
    auto const ours = clock::now() - response.took / 2;
    auto const difference = std::chrono::duration_cast<std::chrono::seconds>(ours - *theirs);
    auto const size = difference < difference.zero() ? -difference : difference;
    if (size < tolerated_clock_difference)
        return report_.ok("clock", "the same as the proxy's, within " +
                                       std::to_string(std::max<std::int64_t>(size.count(), 1)) + " s");
    report_.warn("clock",
                 format_span(size) + (difference < difference.zero() ? " behind" : " ahead of") + " the proxy's",
                 "synchronise both with NTP: tokens and certificates depend on the time");
}

}  // namespace aisle::cli
