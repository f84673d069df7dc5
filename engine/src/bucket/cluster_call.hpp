#pragma once

#include "call_retry.hpp"
#include "operation.hpp"

#include <aisle/http/client.hpp>

#include <string>

namespace aisle::detail {

/// One thing to ask the cluster, over as many attempts as it takes. Knows what is asked and what the answer means;
/// carry_out() knows the way.
class cluster_call {
public:
    virtual ~cluster_call() = default;

    /// What this attempt asks a proxy: method, path, query, body. The host is left to the caller.
    virtual result<http::request> next_request() = 0;
    /// True when a target serves it, to which the proxy redirects.
    virtual bool is_for_target() const noexcept = 0;
    /// Adds what the target gets and the proxy does not: the data of a PUT.
    virtual void complete(http::request&) {}
    /// Reads the answer, whatever its status. An error ends the attempt.
    virtual http::task<result<void>> take(http::response& answer) = 0;
    /// The attempt got no answer, and may have been acted on all the same.
    virtual void lost() noexcept {}
    /// True when something has come since this was asked the last time: the patience with a call counts from there.
    virtual bool has_progressed() { return false; }
    /// What it does to what, for errors: "get ais://b/o".
    virtual std::string what() const = 0;
};

/// Makes attempts until one succeeds or none is worth it. Each has the right to one request under way, asks the current
/// proxy, follows its redirect to the target, and looks at the map when something is amiss. Cancelled by a terminal
/// signal. The error is the last attempt's, and names the call and the number of attempts; that of an object which does
/// not exist is errc::missing.
http::task<result<void>> carry_out(operation_context context, cluster_call& call, retry_options retry);

/// The error that an answer's status and body tell; for a HEAD, which has none, its Hdr-Error field.
http::task<error> refusal_in(http::response& answer);

}  // namespace aisle::detail
