// Many batches, in blocks: the samples that one socket read completed are delivered together, under one reference
// count. Small samples that are kept are copied out of their blocks. Usage: example_02_blocks BUCKET OBJECT...
#include <aisle/engine.hpp>

#include <iostream>
#include <vector>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    constexpr int batches = 20;
    auto source = [&, n = 0]() mutable -> std::optional<aisle::batch> {
        if (n++ == batches) return std::nullopt;
        aisle::batch b(argv[1]);
        for (int i = 2; i < argc; ++i) b.add(argv[i]);
        return b;
    };

    aisle::stream_options options;
    options.detach_below = 64 * 1024;
    std::vector<aisle::sample> shuffle_buffer;
    std::uint64_t bytes = 0;
    auto const total = engine.stream(source, options, [&](aisle::sample_block block) {
        bytes += block.size_bytes();
        for (aisle::sample_view s : block)
            if (s.delivered() && s.index() % 4 == 0) shuffle_buffer.push_back(s.keep());
    });
    if (!total) return std::cerr << total.error() << '\n', 1;
    std::cout << total->delivered << " samples, " << bytes << " bytes, " << shuffle_buffer.size() << " kept\n";
    return total->failed + total->missing ? 1 : 0;
}
