#include "engine.hpp"
#include "error.hpp"
#include "options.hpp"
#include "sized.hpp"

#include <aisle/bucket.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace aisle::capi;

namespace {

/// The metadata of an object, with the texts that a C struct points to.
struct described {
    described() = default;
    explicit described(aisle::object_info about) : info(std::move(about)), checksum(info.checksum.text()) {}

    aisle_object_info to_c() const {
        return {sizeof(aisle_object_info), info.name.c_str(),    info.archpath.c_str(), info.size,
                checksum.c_str(),          info.version.c_str(), info.location.c_str(), info.cached,
                info.is_archive,           info.is_unreadable};
    }

    aisle::object_info info;
    std::string checksum;
};

aisle::operation_options to_operation(aisle_retry_options const* retry) {
    aisle::operation_options out;
    out.retry = to_options(retry);
    return out;
}

std::string_view name_or_empty(char const* name) {
    return name ? name : "";
}

}  // namespace

struct aisle_bucket {
    aisle::bucket value;
};

struct aisle_object {
    explicit aisle_object(aisle::object_info about) : info(std::move(about)) {}
    explicit aisle_object(aisle::object_data all) : info(all.info()), data(std::move(all)) {}

    described info;
    aisle::object_data data;
};

struct aisle_listing {
    explicit aisle_listing(aisle::object_listing of) : value(std::move(of)) {}

    aisle::object_listing value;
    std::vector<aisle::object_info> page;
    std::size_t at = 0;
    described current;
};

aisle_status aisle_bucket_open(aisle_engine* engine, char const* uri, aisle_bucket** bucket, aisle_error** error) {
    return guarded(error, [&] {
        auto const& on = required(engine, "engine").value;
        auto& out = required(bucket, "bucket");
        out = new aisle_bucket{on.bucket(text(uri))};
        return AISLE_OK;
    });
}

void aisle_bucket_free(aisle_bucket* bucket) {
    delete bucket;
}

aisle_status aisle_bucket_create(aisle_bucket const* bucket, aisle_retry_options const* retry, aisle_error** error) {
    return guarded(error, [&] {
        return required(bucket, "bucket").value.create(to_operation(retry)).value() ? AISLE_OK : AISLE_END;
    });
}

aisle_status aisle_bucket_destroy(aisle_bucket const* bucket, aisle_retry_options const* retry, aisle_error** error) {
    return guarded(error, [&] {
        return required(bucket, "bucket").value.destroy(to_operation(retry)).value() ? AISLE_OK : AISLE_END;
    });
}

aisle_status aisle_bucket_head(aisle_bucket const* bucket, char const* name, aisle_retry_options const* retry,
                               aisle_object** object, aisle_error** error) {
    return guarded(error, [&] {
        auto const& of = required(bucket, "bucket").value;
        auto& out = required(object, "object");
        out = new aisle_object(of.head(name_or_empty(name), to_operation(retry)).value());
        return AISLE_OK;
    });
}

aisle_status aisle_bucket_get(aisle_bucket const* bucket, char const* name, aisle_get_options const* options,
                              aisle_object** object, aisle_error** error) {
    return guarded(error, [&] {
        auto const& of = required(bucket, "bucket").value;
        auto& out = required(object, "object");
        out = new aisle_object(of.get(name_or_empty(name), to_options(options)).value());
        return AISLE_OK;
    });
}

aisle_status aisle_bucket_put(aisle_bucket const* bucket, char const* name, void const* data, size_t data_size,
                              aisle_retry_options const* retry, aisle_object** object, aisle_error** error) {
    return guarded(error, [&] {
        auto const& to = required(bucket, "bucket").value;
        if (data_size > 0 && !data) refuse(aisle::errc::invalid_argument, "data is NULL");
        std::span const bytes(static_cast<std::byte const*>(data), data_size);
        auto stored = to.put(name_or_empty(name), bytes, to_operation(retry)).value();
        if (object) *object = new aisle_object(std::move(stored));
        return AISLE_OK;
    });
}

aisle_status aisle_object_get_info(aisle_object const* object, aisle_object_info* info, aisle_error** error) {
    return guarded(error, [&] {
        write_sized(info, required(object, "object").info.to_c(), "info");
        return AISLE_OK;
    });
}

void const* aisle_object_data(aisle_object const* object, size_t* data_size) {
    if (data_size) *data_size = object ? object->data.size() : 0;
    return object ? object->data.bytes().data() : nullptr;
}

void aisle_object_free(aisle_object* object) {
    delete object;
}

aisle_status aisle_bucket_list(aisle_bucket const* bucket, char const* prefix, aisle_list_options const* options,
                               aisle_listing** listing, aisle_error** error) {
    return guarded(error, [&] {
        auto const& of = required(bucket, "bucket").value;
        auto& out = required(listing, "listing");
        out = new aisle_listing(of.list(text(prefix), to_options(options)));
        return AISLE_OK;
    });
}

aisle_status aisle_listing_next(aisle_listing* listing, aisle_object_info* info, aisle_error** error) {
    return guarded(error, [&] {
        auto& from = required(listing, "listing");
        if (from.at == from.page.size()) {
            from.page = from.value.next_page().value();
            from.at = 0;
            if (from.page.empty()) return AISLE_END;
        }
        from.current = described(std::move(from.page[from.at++]));
        write_sized(info, from.current.to_c(), "info");
        return AISLE_OK;
    });
}

void aisle_listing_free(aisle_listing* listing) {
    delete listing;
}
