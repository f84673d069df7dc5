#include "json_document.hpp"

#include <aisle/codec/bucket_props.hpp>

namespace aisle::codec {
namespace {

struct props {
    bool has_backend = false;
};

}  // namespace

bool has_backend(std::string_view bucket_props) {
    place at{stage::metadata, {}};
    auto const read = read_document<props>(std::string(bucket_props), at, [](od::object root, props& out) {
        for_each_member(root, [&](std::string_view key, od::value value) {
            if (key != "backend_bck" || value.type() != od::json_type::object) return;
            for_each_member(value.get_object(), [&](std::string_view inner, od::value text) {
                if (inner == "name") out.has_backend = !read_text(text).empty();
            });
        });
    });
    return read && read->has_backend;
}

}  // namespace aisle::codec
