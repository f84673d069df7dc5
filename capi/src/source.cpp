#include "source.hpp"

#include "batch.hpp"
#include "options.hpp"
#include "sized.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aisle::capi {
namespace {

source_answer next_batch(aisle_source const& from, std::string const& bucket) {
    aisle_batch batch{aisle::batch(bucket)};
    auto const said = from.next(from.user, &batch);
    switch (said) {
        case AISLE_OK: return batch.take();
        case AISLE_END: return std::nullopt;
        case AISLE_NOT_READY: return not_yet{};
        default: break;
    }
    refuse(errc::callback_failed, "the source returned status " + std::to_string(static_cast<int>(said)));
}

}  // namespace

batch_source to_source(aisle_source const* given) {
    auto const from = read_sized(&required(given, "source"), "aisle_source");
    std::shared_ptr<void> end(from.user, [destroy = from.destroy](void* user) {
        if (destroy) destroy(user);
    });
    if (!from.next) refuse(errc::invalid_argument, "aisle_source.next is NULL");
    return [from, bucket = text(from.bucket), end = std::move(end)] { return next_batch(from, bucket); };
}

}  // namespace aisle::capi
