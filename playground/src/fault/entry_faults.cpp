#include "entry_faults.hpp"

#include "../batch/entry_planner.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

void make_missing(member& m, std::string_view name) {
    m.name = std::string(missing_prefix) + std::string(name);
    m.source.reset();
    m.size = m.offset = 0;
    m.modified_seconds = 0;
    m.damage.clear();
    m.out.size = 0;
    m.out.err_msg = "does not exist (injected by a fault of the playground)";
}

void resize(member& m, std::uint64_t size) {
    m.size = size;
    m.out.size = static_cast<std::int64_t>(size);
}

}  // namespace

void spoil_member(member& m, planned_entry const& at, shard_cache& shards, answer_faults const& faults) {
    auto const hit = [&](fault_kind kind) { return faults.hits(kind, at.index); };
    auto const& archpath = at.entry.archpath;
    if (hit(fault_kind::placeholder)) make_missing(m, at.base);
    if (hit(fault_kind::placeholder_forwarded)) make_missing(m, archpath.empty() ? at.base : at.base + "/" + archpath);
    if (hit(fault_kind::placeholder_other)) make_missing(m, at.base + ".other");
    if (hit(fault_kind::placeholder_full)) m.name = std::string(missing_prefix) + m.name;
    if (hit(fault_kind::wrong_name)) m.name = "wrong/" + m.name;
    if (hit(fault_kind::wrong_size) && m.source) {
        auto found = look_up(at, shards);
        m.offset = found.offset;
        resize(m, found.size);
    }
    if (hit(fault_kind::shorten)) {
        resize(m, m.size / 2);
        m.damage.clear();
    }
}

void spoil_end(std::string& end, answer_faults const& faults) {
    if (auto const at = faults.at(fault_kind::damaged_end); at && *at < end.size()) end[end.size() - 1 - *at] ^= 0x01;
    if (auto const n = faults.at(fault_kind::clipped)) end.resize(end.size() - std::min<std::uint64_t>(*n, end.size()));
}

}  // namespace aisle::playground
