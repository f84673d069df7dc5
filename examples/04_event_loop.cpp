// In an event loop: the stream's descriptor is readable when a block can be taken, and no call waits. Usage:
// example_04_event_loop BUCKET OBJECT...
#include <aisle/engine.hpp>

#include <iostream>
#include <poll.h>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);
    auto stream = engine.get(batch);
    pollfd ready{stream.ready_fd(), POLLIN, 0};
    std::size_t samples = 0;
    while (!stream.at_end()) {
        if (::poll(&ready, 1, 1000) < 0) continue;  // interrupted by a signal: other descriptors would be here too
        while (auto block = stream.try_next_block()) samples += block->size();
    }
    std::cout << samples << " samples\n";
    return stream.finish() ? 0 : 1;
}
