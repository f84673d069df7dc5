#include "object_handler.hpp"

#include "../http/byte_range.hpp"
#include "action_message.hpp"
#include "bucket_handler.hpp"
#include "redirect_location.hpp"

#include <aisle/base/json_text.hpp>

namespace aisle::playground {
namespace {

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

std::variant<response, object_answer> object_handler::answer(node const& at, request const& r, std::string_view body) {
    auto found = find(at, r);
    if (auto* refused = std::get_if<response>(&found)) return std::move(*refused);
    auto const& what = std::get<named>(found);
    if (r.method != "GET" && r.method != "HEAD" && r.method != "PUT" && r.method != "DELETE")
        return method_not_allowed("DELETE, GET, HEAD, PUT");
    if (at.plays == role::proxy) return redirect(at, r, what);
    if (r.method == "DELETE") return remove(at, r, what, body);
    if (r.method == "HEAD") return head(at, r, what);
    return serve(at, r, what);
}

response object_handler::remove(node const& at, request const& r, named const& what, std::string_view body) const {
    auto const message = parse_action(body);
    if (!message) return error_response(r, at.name, 400, "", message.error().text);
    auto const gone = message->action == "evict-listrange" ? what.objects->evict(what.object_name)
                                                           : what.objects->remove(what.object_name);
    if (gone) return {};
    if (gone.error().code != errc::missing) return error_response(r, at.name, 400, "", gone.error().text);
    return error_response(r, at.name, 404, "", what.where.uri() + "/" + what.object_name + " doesn't exist");
}

response object_handler::redirect(node const& at, request const& r, named const& what) const {
    auto const& target = home_.targets()[home_.owner(what.where, what.object_name)];
    return redirect_response(r, r.method == "GET" ? 301 : 307, redirect_location(at, target, r, r.path));
}

// AIStore behaviour: the attributes describe the whole object, even in the response to a range; for a member there is
// only the size. Objects of a cloud have an ETag, without quotes.
fields object_handler::attributes(named const& what, stored_object const& object, bool present) {
    fields out;
    auto const backend = what.objects->backend();
    if (present) {
        out.emplace_back("Ais-Atime", atime(object));
        if (auto sum = checksums_.of(what.where.uri() + "/" + what.object_name, object); !sum.empty()) {
            out.emplace_back("Ais-Checksum-Type", object_checksums::type);
            out.emplace_back("Ais-Checksum-Value", std::move(sum));
        }
    }
    if (backend) {
        auto const tag = std::to_string(object.identity()) + "-" + std::to_string(object.size());
        out.emplace_back("Ais-Custom-Md", "ETag=" + tag);
        out.emplace_back("Ais-Custom-Md", "source=" + backend->provider);
        out.emplace_back("Etag", tag);
    } else {
        out.emplace_back("Ais-Version", "1");
    }
    return out;
}

response object_handler::head(node const& at, request const& r, named const& what) {
    auto const object = what.objects->open_anywhere(what.object_name);
    if (!object || home_.has_lost(what.where, what.object_name)) {
        return error_response(r, at.name, 404, "ErrNotFound",
                              at.name + ": " + what.where.uri() + "/" + what.object_name + " does not exist");
    }
    auto const present = what.objects->open(what.object_name).has_value();
    response out;
    out.fields = attributes(what, *object, present);
    out.set("Ais-Bucket-Name", what.where.name);
    out.set("Ais-Bucket-Provider", what.where.provider);
    out.set("Ais-Location", home_.location_of(what.where, what.object_name));
    out.set("Ais-Name", what.object_name);
    out.set("Ais-Present", present ? "true" : "false");
    out.set("Content-Length", std::to_string(object->size()));
    out.headless = true;
    return out;
}

std::variant<response, object_answer> object_handler::serve(node const& at, request const& r, named const& what) {
    auto const cname = what.where.uri() + "/" + what.object_name;
    auto const archpath = r.parameters.value_or("archpath", "");
    auto const range_text = r.field("Range");
    if (!archpath.empty() && !range_text.empty()) {
        return error_response(r, at.name, 400, "ErrUnsupp",
                              "cannot range-read archived content range: " + std::string(range_text) +
                                  ", arch query: (archpath=" + std::string(archpath) + ") - operation not supported");
    }
    auto const missing = [&](std::string const& which) {
        return error_response(r, at.name, 404, "ErrNotFound", at.name + ": " + which + " does not exist");
    };
    if (home_.has_lost(what.where, what.object_name)) return missing(cname);
    auto got = what.objects->fetch(what.object_name);
    if (!got.object) return missing(cname);
    auto const delay = got.was_cold ? home_.options().cold_latency : std::chrono::milliseconds(0);
    auto& object = *got.object;
    int status = 200;
    fields described;
    std::uint64_t offset = 0;
    auto size = object.size();
    if (!archpath.empty()) {
        auto member = shards_.find(what.where.uri(), what.object_name, std::move(object), archpath);
        if (member.what == found_member::outcome::broken) return error_response(r, at.name, 400, "", member.why);
        if (member.what == found_member::outcome::no_member) return missing(std::string(archpath) + " in " + cname);
        object = std::move(*member.source);
        offset = member.offset;
        size = member.size;
    } else {
        described = attributes(what, object, true);
    }
    if (!range_text.empty()) {
        using outcome = byte_range::outcome;
        auto const range = byte_range::parse(range_text, size);
        auto const refuse = [&](std::string_view tcode, std::string const& message) {
            return error_response(r, at.name, 416, tcode, message);
        };
        if (range.what == outcome::invalid) return refuse("", range.message);
        if (range.what == outcome::several)
            return refuse("ErrUnsupp", "cannot multi-range read " + cname + " - operation not supported");
        if (range.what == outcome::not_satisfiable) {
            auto refused = refuse("ErrRangeNotSatisfiable", range.message);
            refused.set("Content-Range", "bytes */" + std::to_string(size));
            return refused;
        }
        if (range.what == outcome::part) {
            status = 206;
            described.emplace_back("Accept-Ranges", "bytes");
            described.emplace_back("Content-Range", "bytes " + std::to_string(range.first) + "-" +
                                                        std::to_string(range.first + range.size - 1) + "/" +
                                                        std::to_string(size));
            offset = range.first;
            size = range.size;
        }
    }
    if (size > 0) described.emplace_back("Content-Length", std::to_string(size));
    described.emplace_back("Content-Type", "application/octet-stream");
    auto head = head_text(status, std::move(described),
                          {.content_length = size > 0 ? "" : "0", .chunked = false, .close = !r.keep_alive});
    return object_answer{std::move(head), std::move(object), offset, size, delay};
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
    auto const found = find(at, r);
    if (auto const* what = std::get_if<named>(&found))
        if (auto const object = what->objects->open(what->object_name)) out.fields = attributes(*what, *object, true);
    return out;
}

}  // namespace aisle::playground
