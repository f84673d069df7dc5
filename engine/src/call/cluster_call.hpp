#pragma once

#include "call_retry.hpp"
#include "operation.hpp"

#include <aisle/http/client.hpp>

#include <string>

namespace aisle::detail {

/// One request to the cluster, repeated until it succeeds. Makes the request and reads the response; carry_out() sends
/// it and retries.
class cluster_call {
public:
    virtual ~cluster_call() = default;

    /// The request of this attempt to a proxy: method, path, query, body. The caller sets the host.
    virtual result<http::request> next_request() = 0;
    /// True if the proxy redirects it to a target.
    virtual bool is_for_target() const noexcept = 0;
    /// Adds what only the target receives: the data of a PUT.
    virtual void complete(http::request&) {}
    /// Reads the response, whatever its status. An error ends the attempt.
    virtual http::task<result<void>> take(http::response& answer) = 0;
    /// The attempt got no response, but the cluster may have executed it.
    virtual void lost() noexcept {}
    /// True if new bytes have arrived since the previous call: the limits of retry_options then start again.
    virtual bool has_progressed() { return false; }
    /// Verb and object, for errors: "get ais://b/o".
    virtual std::string what() const = 0;
};

/// Makes attempts until one succeeds or call_retry gives up. Each attempt waits for a permit, sends the request to the
/// current proxy, follows its redirect to the target, and fetches the map after a failure. Cancelled by a terminal
/// signal. The error is that of the last attempt, with the name of the call and the number of attempts; errc::missing
/// if the object does not exist.
http::task<result<void>> carry_out(operation_context context, cluster_call& call, retry_options retry);

/// The error for a response's status and body; for a HEAD, which has no body, for its Hdr-Error field.
http::task<error> refusal_in(http::response& answer);

}  // namespace aisle::detail
