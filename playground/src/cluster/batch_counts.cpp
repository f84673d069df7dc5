#include "batch_counts.hpp"

#include <array>

namespace aisle::playground {
namespace {

struct named_count {
    char const* name;
    std::atomic<std::uint64_t> batch_counts::* value;
};
constexpr std::array all = {named_count{"err.getbatch.n", &batch_counts::hard_errors},
                            named_count{"err.gfn.getbatch.n", &batch_counts::fetch_errors},
                            named_count{"err.soft.getbatch.n", &batch_counts::soft_errors},
                            named_count{"getbatch.file.n", &batch_counts::members},
                            named_count{"getbatch.file.size", &batch_counts::member_bytes},
                            named_count{"getbatch.gfn.n", &batch_counts::fetches},
                            named_count{"getbatch.n", &batch_counts::batches},
                            named_count{"getbatch.obj.n", &batch_counts::objects},
                            named_count{"getbatch.obj.size", &batch_counts::object_bytes},
                            named_count{"getbatch.rxwait.ns", &batch_counts::wait_ns},
                            named_count{"getbatch.throttle.ns", &batch_counts::throttle_ns}};

}  // namespace

std::string batch_counts::json() const {
    std::string out = "{";
    for (auto const& c : all) {
        auto const n = (this->*c.value).load();
        if (n == 0) continue;
        out += (out.size() > 1 ? ",\"" : "\"") + std::string(c.name) + "\":" + std::to_string(n);
    }
    return out + "}";
}

}  // namespace aisle::playground
