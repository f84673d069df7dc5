// One batch, sample by sample. Usage: example_01_one_batch BUCKET OBJECT...
#include <aisle/engine.hpp>

#include <iostream>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;  // uses AIS_ENDPOINT
    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);
    int troubled = 0;
    for (aisle::sample const& s : engine.get(batch))
        if (s.delivered())
            std::cout << s.entry().object << ' ' << s.bytes().size() << '\n';
        else
            std::cout << s.entry().object << ' ' << s.why().message() << '\n', ++troubled;
    return troubled ? 1 : 0;
}
