#include "request_scope.hpp"

namespace aisle::detail {
namespace {

// An entry whose bytes were wrong so often by Get-Batch is asked for as an object, where a range is a range.
constexpr unsigned doubts_by_batch = 2;

}  // namespace

request_scope::wish request_scope::next(batch_ledger const& ledger, std::size_t most_bytes,
                                        std::function<std::size_t(entry const&)> const& bytes_of) const {
    wish out;
    auto const first = ledger.first_open();
    out.entries.push_back(first);
    out.plain = plain_ || ledger.spoilt(first) >= doubts_by_batch;
    if (out.plain) return out;
    auto const& bucket = ledger.at(first).bucket;
    auto bytes = bytes_of(ledger.at(first));
    for (auto i = first + 1; i < ledger.what().size() && out.entries.size() < span_; ++i) {
        if (!ledger.is_open(i) || ledger.spoilt(i) >= doubts_by_batch) continue;
        auto const& e = ledger.at(i);
        if (by_bucket_ && e.bucket != bucket) continue;
        bytes += bytes_of(e);
        if (bytes > most_bytes) break;
        out.entries.push_back(i);
    }
    return out;
}

}  // namespace aisle::detail
