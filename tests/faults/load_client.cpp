// Fetches made-up objects and says what it took, in a process of its own so that its memory can be told:
//   load_client ENDPOINT OBJECTS SIZE BATCH IN_FLIGHT BUDGET_MIB [PAUSE_S]
// PAUSE_S: how long the consumer sleeps in the middle. One line of JSON on standard output.
#include <aisle/engine.hpp>
#include <aisle/playground/synthetic.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

using namespace aisle;

namespace {

std::uint64_t number(char const* text) {
    return std::strtoull(text, nullptr, 10);
}

// Largest resident size so far, in KiB.
std::uint64_t peak_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) return number(line.c_str() + 6);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7) return 2;
    auto const objects = number(argv[2]);
    auto const size = number(argv[3]);
    auto const each = number(argv[4]);
    auto const pause = std::chrono::seconds(argc > 7 ? number(argv[7]) : 0);

    engine_options options;
    options.endpoint = argv[1];
    options.memory_budget_bytes = number(argv[6]) << 20;
    engine e(options);
    std::uint64_t asked = 0;
    auto const source = [&]() -> std::optional<batch> {
        if (asked >= objects) return std::nullopt;
        batch b{"ais://synthetic"};
        for (std::uint64_t i = 0; i < each && asked < objects; ++i) b.add(playground::synthetic_name(asked++));
        return b;
    };
    std::uint64_t right = 0;
    auto stream = e.open(source, {.in_flight = static_cast<unsigned>(number(argv[5]))});
    for (std::uint64_t next = 0; auto s = stream.next(); ++next) {
        auto const index = playground::synthetic_index(s->entry().object);
        right +=
            s->delivered() && s->size() == size && index == next && playground::is_synthetic(*index, 0, s->bytes());
        if (next == objects / 2) {
            s.reset();
            std::this_thread::sleep_for(pause);
        }
    }
    auto const total = stream.finish();
    std::printf("{\"right\":%llu,\"failed\":%llu,\"retries\":%llu,\"peak_kib\":%llu}\n",
                static_cast<unsigned long long>(right), static_cast<unsigned long long>(total ? total->failed : 0),
                static_cast<unsigned long long>(total ? total->retries : 0),
                static_cast<unsigned long long>(peak_kib()));
    return total && right == objects ? 0 : 1;
}
