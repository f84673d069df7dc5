#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The ways in which the playground can spoil a Get-Batch answer, for what a healthy server never does on demand.
/// `at` is an entry index from 0, a number of body bytes, or of seconds, as each line says.
enum class fault_kind : std::uint8_t {
    // the archive's members
    short_archive,  ///< "short": the archive ends cleanly before entry `at`, under 200
    aborted,        ///< "abort": the job is aborted at entry `at`: archive and metadata end before it, under 200
    empty_archive,  ///< "empty-archive": no members: of a tar, 1024 zero bytes
    wrong_name,     ///< "wrong-name": entry `at` comes under another name
    swapped,        ///< "swapped": entries `at` and `at`+1 change places
    excess_member,  ///< "excess": one member more than entries, at the end
    cut_member,  ///< "cut": the archive ends in the middle of entry `at`'s data, as in a damaged shard: cleanly framed,
                 ///< what it is compressed by ends properly, and a zip has its directory and a CRC that fits
    wrong_size,  ///< "wrong-size": the range of entry `at` is ignored and the whole object comes
    shorten,     ///< "shorten": half of entry `at`'s data comes, and every size says so
    flip,        ///< "flip": a bit in the middle of entry `at`'s data is flipped before anything is computed from it
    damaged_header,  ///< "damaged-header": a bit of entry `at`'s tar or zip header is flipped
    placeholder,     ///< "placeholder": entry `at` reads as missing, in the form of an object the answering node owns
    placeholder_forwarded,  ///< "placeholder-forwarded": the same in the form of an object another node owns
    placeholder_other,      ///< "placeholder-other": entry `at` comes as the placeholder of an object nobody asked for
    placeholder_full,       ///< "placeholder-full": entry `at` is named as missing, but has its data

    // the archive's end
    no_end_mark,  ///< "no-end": no zero blocks after the last member, no directory of a zip; compression ends properly
    clipped,      ///< "clipped": the last `at` bytes of the archive do not come; at most all behind the members
    damaged_end,  ///< "damaged-end": a bit of the archive's byte number `at` from its end is flipped (gzip: 0 to 3 are
                  ///< the
                  ///< size, 4 to 7 the CRC; zstd: 0 to 3 the checksum)

    // multipart's metadata
    metadata_short,      ///< "metadata-short": it tells of `at` entries only, the archive has all
    metadata_empty,      ///< "metadata-empty": it has `"out":[]`, the archive has all
    metadata_bad,        ///< "metadata-bad": its JSON breaks off in the middle
    metadata_size,       ///< "metadata-size": it says one byte more of entry `at`
    metadata_forwarded,  ///< "metadata-forwarded": entry `at` as of another node: no provider, archpath fused with
                         ///< objname
    metadata_error,      ///< "metadata-error": it has a server's words about entry `at`, which is whole
    metadata_no_error,   ///< "metadata-no-error": it has none about entry `at`, whether it is there or missing

    // HTTP
    empty_body,          ///< "empty-body": 200 and not one body byte, cleanly framed
    abrupt_close,        ///< "abrupt": the connection closes after `at` bytes of the archive
    no_final_chunk,      ///< "no-final-chunk": everything but the zero chunk, then the connection closes
    stall,               ///< "stall": nothing more is sent after `at` bytes of the archive; the connection stays open
    wrong_content_type,  ///< "wrong-type": the answer calls itself text/html
    other_content_type,  ///< "other-type": a tar calls itself application/zip, anything else application/x-tar
    expired,             ///< "expired": the target answers 404, as to a redirect that was used or is too old
    refuse_401,          ///< "refuse-401": the proxy answers 401 as to a token that has expired
    refuse_403,          ///< "refuse-403": the proxy answers 403 as to a token without the right to read
    refuse_409,          ///< "refuse-409": the proxy answers 409 as nodes do whose cluster maps differ
    refuse_429,          ///< "refuse-429": the proxy answers 429 ErrTooManyRequests as a full queue does, with a
                         ///< Retry-After of `at` seconds unless that is 0
    refuse_500,          ///< "refuse-500": the proxy answers 500
    refuse_503,          ///< "refuse-503": the proxy answers 503 as a starting node does, Retry-After likewise

    // nodes; `at` is a node's number among those of its role
    sick_target,  ///< "sick-target": nothing that other targets send arrives at target `at`: in answers of it each
                  ///< entry that another target owns is waited for as long as server_options::max_wait says, then
                  ///< fetched, five in all
    dead_target,  ///< "dead-target": target `at` resets every connection; the map still has it, the proxy that chooses
                  ///< it
                  ///< for a batch gets 400, and batches end at entries that it owns, after max_wait
    lost_target,  ///< "lost-target": target `at` was taken out of the map: what it owns has another owner, who lacks it
    hang_proxy,   ///< "hang-proxy": proxy `at` reads requests and never answers; where there are others, the cluster
                  ///< map is without it, and the next proxy is primary if it was
    stranger_proxy  ///< "stranger-proxy": proxy `at`, which hung and was left out of the map, has not joined again:
                    ///< targets refuse its Get-Batch requests with 409; it itself has the map of before
};

/// One fault and the answers it applies to.
struct fault {
    fault_kind kind = fault_kind::short_archive;
    /// Entry index, body byte or seconds, see fault_kind. Past the end of the answer it does nothing.
    std::uint64_t at = 0;
    /// Applies to the answers number every-1, 2*every-1, .. counted from 0 over all targets (refusals: over all
    /// requests to the proxy; faults of nodes: over what that node has to do with it). 1 = each, 0 counts as 1.
    std::uint64_t every = 1;
    /// How many answers it spoils before it falls silent.
    std::uint64_t times = std::numeric_limits<std::uint64_t>::max();
};

/// What to spoil; several faults may meet in one answer. A plain value.
struct fault_plan {
    std::vector<fault> faults = {};

    bool empty() const noexcept { return faults.empty(); }

    /// Reads `KIND[@AT][/EVERY][xTIMES]`, several joined by commas, KIND as quoted in fault_kind:
    /// `short@3`, `abrupt@70000/2`, `refuse-429x5,swapped@0`. errc::invalid_argument names the part it does not know.
    static result<fault_plan> parse(std::string_view text);
};

/// The name parse() reads.
std::string_view to_string(fault_kind kind) noexcept;
/// All names parse() reads, joined by ", ", for help texts.
std::string fault_names();

}  // namespace aisle::playground
