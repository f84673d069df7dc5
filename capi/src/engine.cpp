#include "engine.hpp"

#include "error.hpp"
#include "options.hpp"

using namespace aisle::capi;

aisle_status aisle_engine_new(aisle_engine_options const* options, aisle_engine** engine, aisle_error** error) {
    return guarded(error, [&] {
        auto& out = required(engine, "engine");
        out = new aisle_engine(to_options(options));
        return AISLE_OK;
    });
}

void aisle_engine_free(aisle_engine* engine) {
    delete engine;
}

int aisle_prepare_fork(void) {
    int done = 0;
    guarded(nullptr, [&] {
        done = aisle::engine::prepare_fork();
        return AISLE_OK;
    });
    return done;
}
