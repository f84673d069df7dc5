#pragma once

#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/multipart/multipart_reader.hpp>

#include <string>
#include <support/archive_log.hpp>
#include <utility>
#include <vector>

namespace aisle::test {

struct seen_part {
    std::string name;
    std::string content_type;
    std::string content;
    bool whole = false;
};

struct seen_multipart {
    std::vector<seen_part> parts;
    bool ended = false;
    std::optional<error> failure;

    std::string log() const {
        std::string out;
        for (auto const& p : parts)
            out += "part \"" + p.name + "\" type=\"" + p.content_type + "\" [" + p.content + "] " +
                   (p.whole ? "end\n" : "cut\n");
        if (ended) out += "end\n";
        if (failure)
            out += "error " + failure->code.message() + " at=" + std::to_string(failure->offset.value_or(~0ull)) + "\n";
        return out;
    }
};

/// Feeds the pieces and collects the parts. The part named `raw_tar`, if any, is read raw beside a tar reader that
/// knows where it ends; all of its data must then lie in the piece last fed.
inline seen_multipart read_multipart(std::string_view boundary, pieces const& input, std::string_view raw_tar = {}) {
    using kind = codec::multipart_event_kind;
    codec::multipart_reader reader(boundary);
    std::optional<codec::tar_reader> tar;
    seen_multipart out;
    std::size_t next_piece = 0;
    std::uint64_t fed = 0;
    auto const check = [](bool promise, char const* what) {
        if (!promise) FAIL("the reader broke a promise: " << what);
    };
    for (bool finished = false;;) {
        auto const e = reader.next();
        switch (e.kind) {
            case kind::need_input:
                check(!finished, "need_input after finish()");
                check(reader.offset() == fed, "need_input with input left");
                if (next_piece == input.size()) {
                    reader.finish();
                    finished = true;
                } else {
                    fed += input[next_piece].bytes().size();
                    reader.feed(input[next_piece++].bytes());
                }
                break;
            case kind::part_begin:
                check(out.parts.empty() || out.parts.back().whole, "part_begin inside a part");
                out.parts.push_back(
                    {reader.part_name(), std::string(reader.part_header("content-type").value_or("")), {}, false});
                if (!raw_tar.empty() && out.parts.back().name == raw_tar) {
                    reader.read_raw();
                    tar.emplace(codec::after_end::foreign);
                }
                break;
            case kind::part_data: {
                check(!e.data.empty(), "empty data");
                auto data = e.data;
                if (tar) {
                    check(lies_within(data, input[next_piece - 1].bytes()), "raw data outside of what was fed");
                    tar->feed(data);
                    codec::event_kind k;
                    while ((k = tar->next().kind) != codec::event_kind::need_input && k != codec::event_kind::end)
                        if (k == codec::event_kind::error) {
                            out.failure = tar->failure();
                            return out;
                        }
                    if (k == codec::event_kind::end) {
                        auto const rest = tar->unread().size();
                        data = data.first(data.size() - rest);
                        reader.body_ended(rest);
                        tar.reset();
                    }
                }
                out.parts.back().content.append(reinterpret_cast<char const*>(data.data()), data.size());
                break;
            }
            case kind::part_end:
                check(!out.parts.back().whole, "two part_ends");
                out.parts.back().whole = true;
                break;
            case kind::end:
                if (finished || std::exchange(out.ended, true)) return out.ended = true, out;
                break;
            case kind::error:
                out.failure = reader.failure();
                check(reader.next().kind == kind::error, "an error did not stay");
                check(out.failure->where == stage::multipart && out.failure->offset && !out.failure->text.empty(),
                      "an error without place or text");
                return out;
        }
    }
}

}  // namespace aisle::test
