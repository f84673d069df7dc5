// What every way into a project builds: fetches one batch from AIS_ENDPOINT. Usage: fetch BUCKET OBJECT...
#include <aisle/engine.hpp>
#include <aisle/version.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);
    std::size_t samples = 0;
    std::size_t bytes = 0;
    for (aisle::sample const& s : engine.get(batch)) {
        if (!s.delivered()) return std::cerr << s.why() << '\n', 1;
        ++samples;
        bytes += s.bytes().size();
    }
    std::cout << "aisle " << aisle::version() << ": " << samples << " samples, " << bytes << " bytes\n";
    return 0;
}
