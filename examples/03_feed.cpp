// Entries that become known one by one: one thread submits names while it reads them, and the main thread takes the
// samples in the same order. Usage: example_03_feed BUCKET < names
#include <aisle/engine.hpp>

#include <iostream>
#include <string>
#include <thread>

int main(int argc, char** argv) {
    if (argc < 2) return std::cerr << "usage: " << argv[0] << " BUCKET < names\n", 2;
    aisle::engine engine;
    aisle::feed feed = engine.open_feed();
    std::jthread producer([&feed, bucket = std::string(argv[1])] {
        for (std::string name; std::getline(std::cin, name);)
            if (!feed.submit(aisle::entry{.bucket = bucket, .object = name})) break;
        feed.end_input();
    });
    while (auto s = feed.next()) std::cout << s->entry().object << ' ' << s->size() << '\n';
    auto const total = feed.finish();
    return total && total->delivered == total->delivered + total->missing + total->failed ? 0 : 1;
}
