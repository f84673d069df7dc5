#include "answer_metadata.hpp"

namespace aisle::playground {
namespace {

// The form in which AIStore describes an entry that another target sent.
void make_forwarded(codec::get_batch_out& out) {
    if (!out.archpath.empty()) out.objname += "/" + out.archpath;
    out.archpath.clear();
    out.provider.clear();
}

void spoil(codec::get_batch_out& out, std::uint64_t index, answer_faults const& faults) {
    if (faults.hits(fault_kind::metadata_size, index)) ++out.size;
    if (faults.hits(fault_kind::metadata_forwarded, index)) make_forwarded(out);
    if (faults.hits(fault_kind::metadata_error, index)) out.err_msg = "injected by a fault of the playground";
    if (faults.hits(fault_kind::metadata_no_error, index)) out.err_msg.clear();
}

}  // namespace

std::string answer_metadata(std::string_view job_id, std::span<member const> members, bool listed,
                            answer_faults const& faults) {
    codec::get_batch_metadata all;
    all.uuid = job_id;
    if (listed && !faults.has(fault_kind::metadata_empty)) {
        for (auto const& m : members) {
            all.out.push_back(m.out);
            spoil(all.out.back(), all.out.size() - 1, faults);
        }
    }
    if (auto const at = faults.at(fault_kind::metadata_short); at && *at < all.out.size()) all.out.resize(*at);
    std::string json;
    codec::write_metadata(json, all);
    if (faults.has(fault_kind::metadata_bad)) json.resize(json.size() / 2);
    return json;
}

}  // namespace aisle::playground
