#include "bucket_handler.hpp"

#include "action_message.hpp"
#include "page_text.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

constexpr std::string_view bad_bucket_name =
    "bucket name is invalid: may only contain letters, numbers, dashes (-), underscores (_), and dots (.)";

bool knows_cluster(std::vector<bucket_id> const& buckets, std::string_view uuid) {
    return std::ranges::any_of(buckets, [uuid](auto const& id) { return id.space.uuid == uuid; });
}

// AIStore behaviour: no namespace selects all local buckets, "@" all remote ones, "@uuid" all of that cluster.
bool has(bucket_namespace const& asked, bool any_remote, bucket_namespace const& space) {
    if (any_remote) return !space.uuid.empty();
    if (asked.is_global()) return space.uuid.empty();
    return asked == space || (asked.name.empty() && asked.uuid == space.uuid);
}

}  // namespace

bucket_choice choose_bucket(cluster& home, node const& at, request const& r, std::string const& name,
                            std::string_view provider, std::string_view name_space) {
    auto const refuse = [&](std::string_view tcode, std::string_view message) {
        return bucket_choice{{}, nullptr, error_response(r, at.name, 400, tcode, message)};
    };
    auto const backend = canonical_provider(provider);
    if (!backend) {
        return refuse("ErrInvalidBackendProvider",
                      "invalid backend provider \"" + std::string(provider) +
                          "\": must be one of [ais, aws (s3://), gcp (gs://), azure (az://), oci (oc://)]");
    }
    auto space = bucket_namespace::parse(name_space);
    if (!space) return refuse("", "invalid namespace " + base::json_string(name_space));
    if (!is_bucket_name(name)) return refuse("", bad_bucket_name);
    return choose_bucket(home, at, r, {name, std::string(*backend), std::move(*space)});
}

bucket_choice choose_bucket(cluster& home, node const& at, request const& r, bucket_id const& id) {
    if (auto objects = home.objects().find(id)) return {id, std::move(objects), std::nullopt};
    auto const refuse = [&](std::string_view tcode, std::string_view message) {
        return bucket_choice{id, nullptr, error_response(r, at.name, 404, tcode, message)};
    };
    auto const known = home.objects().names();
    if (!id.space.uuid.empty() && !knows_cluster(known, id.space.uuid))
        return refuse("ErrFailedTo", "remote cluster or namespace \"" + id.space.text() + "\" does not exist");
    if (id.provider != "ais" && std::ranges::find(known, id.provider, &bucket_id::provider) == known.end()) {
        return refuse("ErrFailedTo", at.name + ": failed to lookup bucket " + id.uri() +
                                         ", err: the playground has no " + id.provider + " backend");
    }
    return refuse(id.provider == "ais" ? "ErrBckNotFound" : "ErrRemoteBckNotFound",
                  "bucket \"" + id.uri() + "\" does not exist");
}

namespace {

// The properties of a bucket that clients use. Only an ais bucket has a backend: other buckets are their own backend.
response properties(bucket_choice const& chosen) {
    auto const own = chosen.id.provider == "ais" ? chosen.objects->backend() : std::nullopt;
    auto const backend = own.value_or(bucket_id{.provider = {}});
    response out;
    out.set("Ais-Bucket-Props",
            "{\"provider\":" + base::json_string(chosen.id.provider) + ",\"backend_bck\":{\"name\":" +
                base::json_string(backend.name) + ",\"provider\":" + base::json_string(backend.provider) +
                R"(,"namespace":{"uuid":"","name":""}},)"
                R"("checksum":{"type":"xxhash2"},"access":"18446744073709551615","features":"0","bid":"1",)"
                R"("versioning":{"enabled":false}})");
    out.headless = true;
    return out;
}

}  // namespace

response bucket_handler::answer(node const& at, request const& r, std::string_view body) {
    auto const items = path_items(r.path);  // v1, buckets, NAME
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    if (items.size() > 3) return invalid("invalid request URI: '" + r.method + " " + r.path + "'");
    auto const message = parse_action(body);
    if (!message) {
        return invalid(at.name + ": failed to unmarshal [*apc.ActMsg] (" + r.method +
                       "), err: " + message.error().text);
    }
    auto const wrong_action = [&] { return invalid("invalid action " + base::json_string(message->action)); };
    auto const lists = message->action.empty() || message->action == "list";
    if (items.size() == 2) {
        if (r.method != "GET") return method_not_allowed("GET");
        return lists ? list_buckets(r) : wrong_action();
    }

    auto const name = std::string(items[2]);
    if (r.method == "POST") return message->action == "create-bck" ? create(at, r, name) : wrong_action();
    auto chosen = choose_bucket(home_, at, r, name, r.parameters.value_or("provider", ""),
                                r.parameters.value_or("namespace", ""));
    if (chosen.refused) return std::move(*chosen.refused);
    if (r.method == "GET") return lists ? list_objects(r, chosen, *message) : wrong_action();
    if (r.method == "HEAD") return properties(chosen);
    if (r.method == "DELETE") {
        if (message->action != "destroy-bck") return wrong_action();
        if (auto const gone = home_.objects().destroy(chosen.id); !gone) return invalid(gone.error().text);
        return {};
    }
    return method_not_allowed("DELETE, GET, HEAD, POST");
}

response bucket_handler::create(node const& at, request const& r, std::string const& name) {
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    if (canonical_provider(r.parameters.value_or("provider", "")) != "ais")
        return invalid("only ais:// buckets can be created");
    if (!is_bucket_name(name)) return invalid(bad_bucket_name);
    auto space = bucket_namespace::parse(r.parameters.value_or("namespace", ""));
    if (!space) return invalid("invalid namespace");
    bucket_id const id{.name = name, .space = std::move(*space)};
    if (!id.space.uuid.empty() && !knows_cluster(home_.objects().names(), id.space.uuid))
        return *choose_bucket(home_, at, r, id).refused;
    auto const created = home_.objects().create(id);
    if (!created) return invalid(created.error().text);
    if (*created) return {};
    return error_response(r, at.name, 409, "ErrBucketAlreadyExists", "bucket \"" + id.uri() + "\" already exists");
}

response bucket_handler::list_buckets(request const& r) {
    auto const provider = r.parameters.value_or("provider", "");
    auto const space = r.parameters.value_or("namespace", "");
    auto const asked = bucket_namespace::parse(space).value_or(bucket_namespace{});
    std::string json = "[";
    for (auto const& id : home_.objects().names()) {
        if (!provider.empty() && canonical_provider(provider) != id.provider) continue;
        if (!has(asked, space == "@", id.space)) continue;
        if (json.size() > 1) json += ",";
        json += "{\"name\":" + base::json_string(id.name) + ",\"provider\":" + base::json_string(id.provider) +
                ",\"namespace\":{\"uuid\":" + base::json_string(id.space.uuid) +
                ",\"name\":" + base::json_string(id.space.name) + "}}";
    }
    return json_response(json + "]");
}

response bucket_handler::list_objects(request const& r, bucket_choice const& chosen, action_message const& message) {
    auto const size = message.page_size == 0 ? max_page : std::min(message.page_size, max_page);
    auto page = pages_.page(chosen.id, *chosen.objects, message, static_cast<std::size_t>(size));
    page.uuid = message.uuid.empty() ? home_.random_id(9) : message.uuid;
    if (r.field("Accept") != "application/msgpack") return json_response(page_as_json(page));
    response out;
    out.set("Content-Type", "application/msgpack");
    out.body = page_as_msgpack(page);
    return out;
}

}  // namespace aisle::playground
