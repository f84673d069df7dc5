#pragma once

#include "check_report.hpp"
#include "node_client.hpp"

#include <aisle/codec/json/cluster_map.hpp>
#include <aisle/options.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

/// Checks the cluster as a whole: endpoints, TLS, token, version, cluster map, clock, and every node.
class cluster_checks {
public:
    /// All arguments must outlive it. stopped: true to end early.
    cluster_checks(engine_options const& options, node_client& client, check_report& report,
                   std::function<bool()> const& stopped)
        : options_(options), client_(client), report_(report), stopped_(stopped) {}

    /// False if no cluster map could be fetched: then no other check makes sense.
    bool run();

    /// The first endpoint that responded, as http://HOST:PORT. Only after run() has returned true.
    std::string const& endpoint() const noexcept { return responding_.front(); }

private:
    void check_endpoint(std::string const& text);
    void check_tls();
    bool read_token();
    /// map: the response to the request for the cluster map, which needs the token.
    bool check_token(result<node_response> const& map);
    bool check_map(result<node_response> response);
    void check_version();
    void check_nodes(std::string_view role, std::vector<codec::cluster_node> const& nodes);
    void check_large_response(std::string const& check, codec::cluster_node const& node, std::string const& token);
    void check_clock(node_response const& response);

    engine_options const& options_;
    node_client& client_;
    check_report& report_;
    std::function<bool()> const& stopped_;
    std::string authorization_;
    std::vector<std::string> responding_;  ///< origins of the endpoints that responded
    codec::cluster_map map_;
};

}  // namespace aisle::cli
