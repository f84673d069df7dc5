#include "batch.hpp"

#include "error.hpp"
#include "options.hpp"

using namespace aisle::capi;

aisle_status aisle_batch_new(char const* bucket, aisle_batch** batch, aisle_error** error) {
    return guarded(error, [&] {
        auto& out = required(batch, "batch");
        out = new aisle_batch{aisle::batch(text(bucket))};
        return AISLE_OK;
    });
}

aisle_status aisle_batch_add(aisle_batch* batch, aisle_entry const* entry, aisle_error** error) {
    return guarded(error, [&] {
        auto& to = required(batch, "batch").value;
        to.add(to_entry(entry, to.default_bucket()));
        return AISLE_OK;
    });
}

size_t aisle_batch_size(aisle_batch const* batch) {
    return batch ? batch->value.size() : 0;
}

void aisle_batch_free(aisle_batch* batch) {
    delete batch;
}
