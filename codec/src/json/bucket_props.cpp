#include "json_document.hpp"

#include <aisle/codec/json/bucket_props.hpp>

namespace aisle::codec {
namespace {

struct props {
    std::string backend;
    std::string checksum_type;
};

result<props> read_props(std::string_view text) {
    place at{stage::metadata, {}};
    return read_document<props>(std::string(text), at, [](od::object root, props& out) {
        for_each_member(root, [&](std::string_view key, od::value value) {
            bool const of_backend = key == "backend_bck";
            if ((!of_backend && key != "checksum") || value.type() != od::json_type::object) return;
            for_each_member(value.get_object(), [&](std::string_view inner, od::value inner_value) {
                if (of_backend && inner == "name") out.backend = read_text(inner_value);
                if (!of_backend && inner == "type") out.checksum_type = read_text(inner_value);
            });
        });
    });
}

}  // namespace

bool has_backend(std::string_view bucket_props) {
    auto const read = read_props(bucket_props);
    return read && !read->backend.empty();
}

std::string checksum_type_in(std::string_view bucket_props) {
    auto read = read_props(bucket_props);
    return read && read->checksum_type != "none" ? std::move(read->checksum_type) : std::string();
}

}  // namespace aisle::codec
