#include "bucket_home.hpp"

#include "../entry/bucket_uri.hpp"

#include <utility>

namespace aisle::detail {

bucket_home::bucket_home(std::weak_ptr<engine_impl> by, std::string uri)
    : call_home(std::move(by)), uri_(std::move(uri)) {
    if (auto const ok = read_bucket(uri_); !ok) throw exception(ok.error());
}

result<entry> bucket_home::entry_of(std::string_view object, std::string archpath, byte_range range) const {
    entry out;
    out.bucket = uri_;
    out.object = object;
    out.archpath = std::move(archpath);
    out.range = range;
    if (auto ok = check(out); !ok) return ok.error();
    return out;
}

}  // namespace aisle::detail
