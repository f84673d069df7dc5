// The scheduler and the delivery of a stream: each byte is a decision, such as which event comes next and to which
// batch. What must be so after each of them is in support/stream_model.hpp.
#include "fuzz_input.hpp"

#include <support/stream_model.hpp>

using namespace aisle;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    fuzz::fuzz_input input(data, size);
    test::stream_model stream([&](unsigned n) { return input.byte() % n; });
    for (unsigned steps = 0; steps < 4000 && !input.rest().empty(); ++steps) stream.step();
    stream.finish();
    return 0;
}
