#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// Faults that the playground can inject on demand. `at` is an entry index from 0, a number of body bytes, or a number
/// of seconds, as each line says.
enum class fault_kind : std::uint8_t {
    // Members of the archive.
    short_archive,   ///< "short": the archive ends cleanly before entry `at`, with status 200
    aborted,         ///< "abort": the job is aborted at entry `at`: archive and metadata end before it, with status 200
    empty_archive,   ///< "empty-archive": no members (a tar of 1024 zero bytes)
    wrong_name,      ///< "wrong-name": entry `at` has another name
    swapped,         ///< "swapped": entries `at` and `at`+1 are swapped
    excess_member,   ///< "excess": one member too many, at the end
    cut_member,      ///< "cut": the archive ends in the middle of the data of entry `at`, as for a damaged shard: HTTP
                     ///< framing
                     ///< and compression end properly, and a zip has its directory and a matching CRC
    wrong_size,      ///< "wrong-size": the range of entry `at` is ignored; the whole object is sent
    shorten,         ///< "shorten": only half of the data of entry `at` is sent, and all sizes match that
    flip,            ///< "flip": a bit in the middle of the data of entry `at` is flipped before checksums are computed
    damaged_header,  ///< "damaged-header": a bit of the tar or zip header of entry `at` is flipped
    placeholder,     ///< "placeholder": entry `at` is marked as missing, in the form for an object of the designated
                     ///< target
    placeholder_forwarded,  ///< "placeholder-forwarded": likewise, in the form for an object of another target
    placeholder_other,      ///< "placeholder-other": entry `at` is the placeholder of an object that was not requested
    placeholder_full,       ///< "placeholder-full": entry `at` is marked as missing, but has its data

    // End of the archive.
    no_end_mark,  ///< "no-end": no zero blocks of a tar, no directory of a zip; compression ends properly
    clipped,      ///< "clipped": the last `at` bytes of the archive are missing, at most all bytes after the members
    damaged_end,  ///< "damaged-end": a bit is flipped in byte `at` of the archive, counted from its end (gzip: bytes 0
                  ///< to 3
                  ///< are the size, 4 to 7 the CRC; zstd: 0 to 3 the checksum)

    // Metadata of a multipart response.
    metadata_short,      ///< "metadata-short": it lists only `at` entries, the archive has all
    metadata_empty,      ///< "metadata-empty": it has `"out":[]`, the archive has all
    metadata_bad,        ///< "metadata-bad": its JSON ends in the middle
    metadata_size,       ///< "metadata-size": the size of entry `at` is too large by one
    metadata_forwarded,  ///< "metadata-forwarded": entry `at` has the form for another target: no provider, archpath
                         ///< appended to objname
    metadata_error,      ///< "metadata-error": it has an error message for entry `at`, which is complete
    metadata_no_error,   ///< "metadata-no-error": it has no error message for entry `at`, even if that is missing

    // HTTP.
    empty_body,          ///< "empty-body": status 200 and an empty body, cleanly framed
    abrupt_close,        ///< "abrupt": the connection closes after `at` bytes of the archive
    no_final_chunk,      ///< "no-final-chunk": the connection closes before the final chunk
    stall,               ///< "stall": nothing is sent after `at` bytes of the archive; the connection stays open
    wrong_content_type,  ///< "wrong-type": the Content-Type is text/html
    other_content_type,  ///< "other-type": the Content-Type of a tar is application/zip, of other formats
                         ///< application/x-tar
    expired,             ///< "expired": the target responds 404, as to a redirect that was used before or is too old
    refuse_401,          ///< "refuse-401": the proxy responds 401, as to an expired token
    refuse_403,          ///< "refuse-403": the proxy responds 403, as to a token without read permission
    refuse_409,          ///< "refuse-409": the proxy responds 409, as when the cluster maps of nodes differ
    refuse_429,          ///< "refuse-429": the proxy responds 429 ErrTooManyRequests, as when its queue is full, with
                         ///< Retry-After: `at` unless that is 0
    refuse_500,          ///< "refuse-500": the proxy responds 500
    refuse_503,          ///< "refuse-503": the proxy responds 503, as while starting, with Retry-After likewise

    // Nodes. `at` is the index of the proxy or target.
    sick_target,  ///< "sick-target": target `at` receives nothing from other targets: for each entry that another
                  ///< target
                  ///< owns, it waits for server_options::max_wait and then fetches the object, at most five per batch
    dead_target,  ///< "dead-target": target `at` resets every connection, but is still in the cluster map: a proxy that
                  ///< selects it responds 400, and batches end after max_wait at entries that it owns
    lost_target,  ///< "lost-target": target `at` is removed from the cluster map: its objects get another owner, which
                  ///< does
                  ///< not have them
    hang_proxy,   ///< "hang-proxy": proxy `at` reads requests but never responds; if there are other proxies, it is
                  ///< removed from the cluster map, and the next proxy becomes primary if it was
    stranger_proxy  ///< "stranger-proxy": proxy `at` was removed from the cluster map and has not joined again: it has
                    ///< an
                    ///< old map, and targets refuse its Get-Batch requests with 409
};

/// A fault and the responses it applies to.
struct fault {
    fault_kind kind = fault_kind::short_archive;
    /// Entry index, body byte or seconds, see fault_kind. Has no effect beyond the end of the response.
    std::uint64_t at = 0;
    /// Applies to every n-th response: those with number n-1, 2n-1, ... counted from 0 over all targets (for refusals:
    /// over all requests to the proxy; for faults of nodes: over the requests of that node). Default 1: each. 0
    /// means 1.
    std::uint64_t every = 1;
    /// The number of responses it applies to before it stops. Default: no limit.
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
};

/// The faults to inject. Several may apply to one response. A plain value.
struct fault_plan {
    std::vector<fault> faults = {};

    bool empty() const noexcept { return faults.empty(); }

    /// Reads `KIND[@AT][/EVERY][xTIMES]`, or several separated by commas; KIND as quoted in fault_kind: `short@3`,
    /// `abrupt@70000/2`, `refuse-429x5,swapped@0`. Error: errc::invalid_argument, which quotes the invalid part.
    static result<fault_plan> parse(std::string_view text);
};

/// The name that parse() accepts.
std::string_view to_string(fault_kind kind) noexcept;
/// All names that parse() accepts, separated by ", ", for help texts.
std::string fault_names();

}  // namespace aisle::playground
