// An engine without threads of its own: everything runs on the program's io_context, and the stream is pushed into a
// sink there. Usage: example_06_own_context BUCKET OBJECT...
#include <aisle/async.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>
#include <optional>

int main(int argc, char** argv) {
    if (argc < 3) return std::cerr << "usage: " << argv[0] << " BUCKET OBJECT...\n", 2;
    boost::asio::io_context context(1);
    // The engine counts as work of the context: destroying it lets run() return.
    std::optional<aisle::engine_on<boost::asio::io_context::executor_type>> engine(std::in_place,
                                                                                   context.get_executor());
    aisle::batch batch(argv[1]);
    for (int i = 2; i < argc; ++i) batch.add(argv[i]);

    std::uint64_t bytes = 0;
    int status = 1;
    auto sink = [&](aisle::sample_block block) { bytes += block.size_bytes(); };
    aisle::async_stream(*engine, batch, {}, sink, [&](boost::system::error_code failed, aisle::summary total) {
        if (failed)
            std::cerr << total.fault->message() << '\n';
        else
            std::cout << total.delivered << " samples, " << bytes << " bytes\n", status = 0;
        engine.reset();
    });
    context.run();
    return status;
}
