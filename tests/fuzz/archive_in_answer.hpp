#pragma once

#include <aisle/codec/archive_chain.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/multipart/multipart_reader.hpp>

#include <answer/response_decoder.hpp>
#include <string>
#include <support/archive_log.hpp>

namespace aisle::fuzz {

/// The archive of an answer and what metadata says of its members' sizes, found by the plainest means: all is here.
struct archive_in_answer {
    std::string_view bytes;  ///< of a multipart answer with what follows it
    test::expected_sizes sizes;

    static archive_in_answer find(detail::answer_shape const& shape, std::string_view body) {
        using kind = codec::multipart_event_kind;
        if (shape.format) return {body, {}};
        codec::multipart_reader reader(shape.boundary);
        reader.feed(std::as_bytes(std::span(body)));
        archive_in_answer out;
        std::string json;
        for (;;) {
            auto const event = reader.next();
            if (event.kind == kind::part_begin && reader.part_name() == "archive") reader.read_raw();
            if (event.kind == kind::need_input || event.kind == kind::error || event.kind == kind::end) return out;
            if (event.kind != kind::part_data) continue;
            std::string_view const data(reinterpret_cast<char const*>(event.data.data()), event.data.size());
            if (reader.part_name() != "archive") {
                json += data;
                continue;
            }
            out.bytes = data;
            if (auto const metadata = codec::read_metadata(json))
                for (auto const& entry : metadata->out) out.sizes.push_back(static_cast<std::uint64_t>(entry.size));
            return out;
        }
    }

    test::seen_archive read(detail::answer_shape const& shape, slab_pool& pool) const {
        using codec::after_end;
        auto const first = std::as_bytes(std::span(bytes)).first(std::min(bytes.size(), codec::archive_magic_bytes));
        codec::archive_chain reader(shape.format.value_or(codec::archive_format_of_magic(first)), pool,
                                    shape.format ? after_end::zero_padding : after_end::foreign);
        return test::read_archive(reader, test::whole(bytes), SIZE_MAX, sizes);
    }
};

}  // namespace aisle::fuzz
