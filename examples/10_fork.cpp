// A fork while a stream is active, as in data loaders with worker processes: the engine's threads stop before the fork,
// the parent's stream continues, and the child uses the same engine object with new connections.
// Usage: example_10_fork BUCKET OBJECT...
#include <aisle/engine.hpp>

#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

static std::size_t count(aisle::sample_stream& stream) {
    std::size_t samples = 0;
    while (auto block = stream.next_block()) samples += block->size();
    return samples;
}

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    aisle::engine engine;
    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);

    auto stream = engine.get(batch);
    aisle::engine::prepare_fork();
    pid_t const child = ::fork();
    if (child < 0) return std::cerr << "fork failed\n", 1;
    if (child == 0) {
        auto own = engine.get(batch);  // `stream` belongs to the parent and is at its end here
        ::_exit(count(own) == batch.size() && stream.at_end() ? 0 : 1);
    }
    std::size_t const samples = count(stream);
    int status = 0;
    ::waitpid(child, &status, 0);
    std::cout << samples << " samples in the parent, the child " << (status == 0 ? "got as many" : "failed") << '\n';
    return samples == batch.size() && status == 0 ? 0 : 1;
}
