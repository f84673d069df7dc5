#pragma once

#include <aisle/result.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::playground {

/// The ways in which the playground can spoil a Get-Batch answer, for what a healthy server never does on demand.
/// `at` is an entry index from 0, or a number of body bytes, as each line says.
enum class fault_kind : std::uint8_t {
    short_archive,       ///< "short": the archive ends cleanly before entry `at`, under 200
    empty_archive,       ///< "empty-archive": 1024 zero bytes, a valid tar of no members
    empty_body,          ///< "empty-body": 200 and not one body byte, cleanly framed
    wrong_name,          ///< "wrong-name": entry `at` comes under another name
    swapped,             ///< "swapped": entries `at` and `at`+1 change places
    excess_member,       ///< "excess": one member more than entries, at the end
    abrupt_close,        ///< "abrupt": the connection closes after `at` bytes of the archive
    no_final_chunk,      ///< "no-final-chunk": everything but the zero chunk, then the connection closes
    cut_member,          ///< "cut": the body ends in the middle of entry `at`'s data, chunking terminated cleanly
    wrong_size,          ///< "wrong-size": the range of entry `at` is ignored and the whole object comes
    damaged_header,      ///< "damaged-header": a byte of entry `at`'s tar header is flipped
    wrong_content_type,  ///< "wrong-type": the answer calls itself text/html
    stall,               ///< "stall": nothing more is sent after `at` bytes of the archive; the connection stays open
    refuse_429,          ///< "refuse-429": the proxy answers 429 ErrTooManyRequests as a full queue does
    refuse_503,          ///< "refuse-503": the proxy answers 503 as a starting node does
    metadata_short,      ///< "metadata-short": multipart metadata tells of `at` entries only, the archive has all
    metadata_empty,      ///< "metadata-empty": multipart metadata has `"out":[]`, the archive has all
    placeholder,  ///< "placeholder": entry `at` reads as missing, in the form of an object the answering node owns
    placeholder_forwarded,  ///< "placeholder-forwarded": the same in the form of an object another node owns
    placeholder_other,      ///< "placeholder-other": entry `at` comes as the placeholder of an object nobody asked for
    placeholder_full        ///< "placeholder-full": entry `at` is named as missing, but has its data
};

/// One fault and the answers it applies to.
struct fault {
    fault_kind kind = fault_kind::short_archive;
    /// Entry index or body byte, see fault_kind. Past the end of the answer it does nothing.
    std::uint64_t at = 0;
    /// Applies to the answers number every-1, 2*every-1, .. counted from 0 over all targets (refusals: over all
    /// requests to the proxy). 1 = each, 0 counts as 1.
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
