// response_parser: [how to cut] [bit 0: the answer to a HEAD] [an answer as it comes from a socket]
#include "fuzz_input.hpp"

#include <aisle/http/response_parser.hpp>

using namespace aisle;

namespace {

// Each portion lands behind what is left of the last one, somewhere else in memory. Reading stops where the message
// does.
std::string log(std::string_view wire, test::pieces const& portions, http::response_parser::body expects) {
    http::response_parser parser(expects);
    std::string left;
    std::string body;
    std::string failure;
    std::size_t fed = 0;
    for (auto const& portion : portions) {
        if (parser.complete()) break;
        left.append(reinterpret_cast<char const*>(portion.bytes().data()), portion.bytes().size());
        fed += portion.bytes().size();
        test::piece const memory(left);
        std::span const raw(const_cast<std::byte*>(memory.bytes().data()), left.size());
        std::vector<std::span<std::byte>> runs;
        auto const used = parser.parse(raw, runs);
        for (auto const run : runs) {
            REQUIRE(test::lies_within(run, raw));
            body.append(reinterpret_cast<char const*>(run.data()), run.size());
        }
        if (!used) {
            failure = used.error().message();
            break;
        }
        REQUIRE(*used <= left.size());
        left.erase(0, *used);
    }
    REQUIRE(parser.body_bytes() == body.size());
    if (failure.empty()) {
        // Empty lines after an answer that ends its connection are passed over as far as they are here.
        auto const unread = parser.keep_alive() ? "unread " + std::to_string(wire.size() - fed + left.size()) : "";
        auto const end = parser.end_of_stream();
        failure = end ? unread : end.error().message();
    }
    // Beast looks at a head as it first comes, and then again when it is whole: damaged and cut, it is either.
    if (!parser.head_done()) return "no head\n";
    auto out = std::to_string(parser.status()) + (parser.complete() ? " complete" : " open");
    for (auto const* name : {"content-type", "location", "transfer-encoding", "content-length"})
        out.append("\n").append(name).append(": ").append(parser.header(name));
    return out + (parser.keep_alive() ? "\nkeep " : "\nclose ") + std::to_string(parser.body_left().value_or(0)) +
           "\n[" + body + "]\n" + failure + "\n";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using expects = http::response_parser::body;
    fuzz::fuzz_input input(data, size);
    auto const steps = input.byte();
    auto const what = input.byte() & 1 ? expects::none : expects::expected;
    auto const wire = input.rest();
    fuzz::require_same(log(wire, test::whole(wire), what), log(wire, fuzz::cut(wire, steps), what));
    return 0;
}
