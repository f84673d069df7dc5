#include "object_handler.hpp"

#include "bucket_handler.hpp"
#include "json_text.hpp"
#include "redirect_location.hpp"

#include <charconv>

namespace aisle::playground {
namespace {

struct byte_range {
    std::uint64_t first = 0;
    std::uint64_t size = 0;
};

// One range of RFC 9110, section 14.1.2: "bytes=A-B", "bytes=A-", "bytes=-N". Nothing when it cannot be satisfied.
std::optional<byte_range> parse_range(std::string_view text, std::uint64_t object_size) {
    if (!text.starts_with("bytes=")) return std::nullopt;
    text.remove_prefix(6);
    auto const dash = text.find('-');
    if (dash == text.npos) return std::nullopt;
    auto const number = [](std::string_view digits) -> std::optional<std::uint64_t> {
        std::uint64_t n = 0;
        auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), n);
        if (ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
        return n;
    };
    auto const first = number(text.substr(0, dash));
    auto const last = number(text.substr(dash + 1));
    if (!first) {
        if (dash != 0 || !last || *last == 0 || object_size == 0) return std::nullopt;
        auto const size = std::min(*last, object_size);
        return byte_range{object_size - size, size};
    }
    if (*first >= object_size || (last && *last < *first) || (!last && dash + 1 != text.size())) return std::nullopt;
    auto const end = last ? std::min(*last, object_size - 1) : object_size - 1;
    return byte_range{*first, end - *first + 1};
}

std::string atime(stored_object const& object) {
    return std::to_string(object.modified_seconds()) + "000000000";
}

}  // namespace

std::variant<object_handler::named, response> object_handler::find(node const& at, request const& r) const {
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    constexpr std::string_view prefix = "/v1/objects/";
    auto const rest = r.path.starts_with(prefix) ? std::string_view(r.path).substr(prefix.size()) : std::string_view();
    auto const slash = rest.find('/');
    if (slash == rest.npos || slash + 1 == rest.size()) {
        return invalid("URL '" + r.path.substr(1) + "' is too short: expected 4 items, got " +
                       std::to_string(path_items(r.path).size()));
    }
    auto chosen = choose_bucket(home_, at, r, std::string(rest.substr(0, slash)), r.parameters.value_or("provider", ""),
                                r.parameters.value_or("namespace", ""));
    if (chosen.refused) return std::move(*chosen.refused);
    return named{std::move(chosen.id), std::string(rest.substr(slash + 1)), std::move(chosen.objects)};
}

std::variant<response, object_answer> object_handler::answer(node const& at, request const& r) {
    auto found = find(at, r);
    if (auto* refused = std::get_if<response>(&found)) return std::move(*refused);
    auto const& what = std::get<named>(found);
    if (r.method != "GET" && r.method != "HEAD" && r.method != "PUT" && r.method != "DELETE")
        return method_not_allowed("DELETE, GET, HEAD, PUT");
    if (at.plays == role::proxy) return redirect(r, what);
    if (r.method == "DELETE") {
        if (auto const gone = what.objects->remove(what.object_name); !gone) {
            return error_response(r, at.name, gone.error().code == errc::missing ? 404 : 400, "",
                                  what.where.uri() + "/" + what.object_name + " doesn't exist");
        }
        return response{};
    }
    return serve(at, r, what);
}

response object_handler::redirect(request const& r, named const& what) const {
    auto const& target = home_.targets()[home_.owner(what.where, what.object_name)];
    return redirect_response(r, r.method == "GET" ? 301 : 307, redirect_location(home_.proxy(), target, r, r.path));
}

std::variant<response, object_answer> object_handler::serve(node const& at, request const& r, named const& what) {
    auto const cname = what.where.uri() + "/" + what.object_name;
    auto const missing = [&](std::string const& which) {
        return error_response(r, at.name, 404, "ErrNotFound", at.name + ": " + which + " does not exist");
    };
    auto object = what.objects->open(what.object_name);
    if (!object) return missing(cname);

    struct {
        std::uint64_t offset;
        std::uint64_t size;
    } place{0, object->size()};
    auto const archpath = r.parameters.value_or("archpath", "");
    if (!archpath.empty()) {
        auto member = shards_.find(what.where.uri(), what.object_name, std::move(*object), archpath);
        if (member.what == found_member::outcome::broken) return error_response(r, at.name, 400, "", member.why);
        if (member.what == found_member::outcome::no_member) return missing(std::string(archpath) + " in " + cname);
        object = std::move(member.source);
        place = {member.offset, member.size};
    }

    std::vector<std::pair<std::string, std::string>> fields;
    if (r.method == "HEAD") {
        fields = {{"Ais-Atime", atime(*object)},
                  {"Ais-Bucket-Name", what.where.name},
                  {"Ais-Bucket-Provider", what.where.provider},
                  {"Ais-Name", what.object_name},
                  {"Ais-Present", "true"},
                  {"Ais-Version", "1"},
                  {"Content-Length", std::to_string(place.size)}};
        response out;
        out.fields = std::move(fields);
        out.headless = true;
        return out;
    }
    int status = 200;
    auto const range_text = r.field("Range");
    if (!range_text.empty()) {
        auto const range = parse_range(range_text, place.size);
        if (!range) {
            auto refused =
                error_response(r, at.name, 416, "ErrRangeNotSatisfiable",
                               "size=" + std::to_string(place.size) + ": not satisfiable range [" +
                                   std::string(range_text.substr(std::min<std::size_t>(6, range_text.size()))) + "]");
            refused.set("Content-Range", "bytes */" + std::to_string(place.size));
            return refused;
        }
        status = 206;
        fields.emplace_back("Accept-Ranges", "bytes");
        fields.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                 std::to_string(range->first + range->size - 1) + "/" +
                                                 std::to_string(place.size));
        place = {place.offset + range->first, range->size};
    }
    if (archpath.empty()) {
        fields.emplace_back("Ais-Atime", atime(*object));
        fields.emplace_back("Ais-Version", "1");
    }
    fields.emplace_back("Content-Length", std::to_string(place.size));
    fields.emplace_back("Content-Type", "application/octet-stream");
    auto head = head_text(status, std::move(fields), {.content_length = {}, .chunked = false, .close = !r.keep_alive});
    return object_answer{std::move(head), std::move(*object), place.offset, place.size};
}

std::variant<std::unique_ptr<upload>, response> object_handler::begin_put(node const& at, request const& r) {
    if (!r.parameters.get("pid"))
        return error_response(r, at.name, 400, "", at.name + ": PUT(obj) is expected to be redirected");
    auto found = find(at, r);
    if (auto* refused = std::get_if<response>(&found)) return std::move(*refused);
    auto const& what = std::get<named>(found);
    auto data = what.objects->put(what.object_name);
    if (!data) return error_response(r, at.name, 400, "", data.error().text);
    return std::move(*data);
}

response object_handler::end_put(node const& at, request const& r, upload& data) {
    if (auto const kept = data.commit(); !kept) return error_response(r, at.name, 400, "", kept.error().text);
    response out;
    out.set("Ais-Version", "1");
    return out;
}

}  // namespace aisle::playground
