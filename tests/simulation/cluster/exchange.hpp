#pragma once

#include "contents.hpp"
#include "nodes.hpp"

#include <aisle/error.hpp>

#include <batch/batch_machine.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::simulation {

/// What an answer contains for one entry.
enum class arrival : std::uint8_t {
    payload,      ///< of the requested size
    other_bytes,  ///< a payload other than requested: the whole object instead of a range
    placeholder   ///< the placeholder of a missing entry
};

/// The client's side of a request: receives the answer.
class listener {
public:
    virtual ~listener() = default;
    /// 307 or 301.
    virtual void redirected(unsigned target) = 0;
    /// The head of a successful answer.
    virtual void began() = 0;
    /// Bytes of the body, of the entry at this position.
    virtual void bytes(std::size_t position, std::uint64_t count) = 0;
    /// One entry is complete. words: from multipart metadata.
    virtual void came(std::size_t position, arrival what, std::uint64_t size, std::string const& words) = 0;
    /// The end. named: the target that a 429 names; -1: none.
    virtual void over(std::optional<error> fault, int named = -1) = 0;
};

/// What the client's link does to one exchange. Drawn at its start.
struct link_fate {
    static constexpr auto never = std::numeric_limits<std::uint64_t>::max();
    enum class at_hop : std::uint8_t { passes, refused, no_route, lost_before, lost_after };
    at_hop to_proxy = at_hop::passes;
    at_hop to_target = at_hop::passes;
    std::uint64_t cut_after = never;  ///< bytes of the body
    std::uint64_t damage_after = never;
    std::uint64_t stall_after = never;
    duration stall{};  ///< zero: without limit
    double rate = 0;   ///< bytes/s
};

/// One request of the client, from its first byte to the end of its answer, as seen by both sides.
struct exchange {
    std::uint64_t number = 0;
    detail::request_form form = detail::request_form::as_asked;
    bool multipart = false;
    bool compressed = false;
    bool strict = false;
    std::vector<modelled_entry const*> asked;
    std::uint64_t from = 0;  ///< a plain GET of the rest of an object
    listener* to = nullptr;  ///< null: hung up
    link_fate link;
    std::uint64_t sent = 0;  ///< bytes of the body
    std::size_t map = 0;     ///< of the proxy that redirected it
    int pending_at = -1;     ///< the target that has its work item
    unsigned pending_life = 0;
    unsigned jobs = 0;   ///< the generation of jobs of its work item
    node* at = nullptr;  ///< the node that it is connected to

    bool closed() const noexcept { return !to; }
    bool plain() const noexcept { return form == detail::request_form::plain; }
};

/// A server's refusal: its status, its message, its error code.
error refusal(int status, std::string words, std::string code = {});
/// The client's error for a broken connection or answer.
error link_error(errc code, stage where, char const* words);

}  // namespace aisle::simulation
