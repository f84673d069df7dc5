#include "bucket_handler.hpp"

#include "action_message.hpp"
#include "json_text.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

constexpr std::string_view bad_bucket_name =
    "bucket name is invalid: may only contain letters, numbers, dashes (-), underscores (_), and dots (.)";

// The parts of MessagePack that a listing needs (msgpack specification: str, array, map, uint formats).
class msgpack {
public:
    void map(std::size_t n) { out_ += static_cast<char>(0x80 | n); }
    void array(std::size_t n) {
        if (n < 16) {
            out_ += static_cast<char>(0x90 | n);
        } else {
            out_ += '\xdc';  // a page has at most 10,000 entries
            big_endian(n, 2);
        }
    }
    void text(std::string_view s) {
        if (s.size() < 32) {
            out_ += static_cast<char>(0xa0 | s.size());
        } else if (s.size() < 256) {
            out_ += '\xd9';
            big_endian(s.size(), 1);
        } else {
            out_ += '\xdb';
            big_endian(s.size(), 4);
        }
        out_ += s;
    }
    void number(std::uint64_t n) {
        if (n < 128) {
            out_ += static_cast<char>(n);
        } else {
            out_ += '\xcf';
            big_endian(n, 8);
        }
    }
    std::string take() { return std::move(out_); }

private:
    void big_endian(std::uint64_t n, int bytes) {
        for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out_ += static_cast<char>(n >> shift);
    }
    std::string out_;
};

constexpr std::uint64_t present_flag = 64;  // "in the cluster", AIStore's EntryIsCached

std::string page_as_msgpack(std::vector<listed_object> const& page, std::string_view uuid, std::string_view token,
                            bool sizes) {
    msgpack out;
    out.map(4);
    out.text("UUID");
    out.text(uuid);
    out.text("ContinuationToken");
    out.text(token);
    out.text("Entries");
    out.array(page.size());
    for (auto const& object : page) {
        auto const sized = sizes && object.size > 0;
        out.map(sized ? 3 : 2);
        out.text("n");
        out.text(object.name);
        if (sized) {
            out.text("s");
            out.number(object.size);
        }
        out.text("f");
        out.number(present_flag);
    }
    out.text("Flags");
    out.number(0);
    return out.take();
}

// Sizes are JSON strings, and left out when 0.
std::string page_as_json(std::vector<listed_object> const& page, std::string_view uuid, std::string_view token,
                         bool sizes) {
    std::string out = "{\"uuid\":" + json_string(uuid) + ",\"continuation_token\":" + json_string(token);
    out += ",\"entries\":";
    if (page.empty()) {
        out += "null";
    } else {
        for (auto const& object : page) {
            out += &object == &page.front() ? "[{\"name\":" : ",{\"name\":";
            append_json_string(out, object.name);
            if (sizes && object.size > 0) out += ",\"size\":\"" + std::to_string(object.size) + "\"";
            out += ",\"flags\":" + std::to_string(present_flag) + "}";
        }
        out += "]";
    }
    return out + ",\"flags\":0}";
}

}  // namespace

std::optional<std::string_view> canonical_provider(std::string_view provider) noexcept {
    if (provider.empty() || provider == "ais") return "ais";
    if (provider == "aws" || provider == "s3") return "aws";
    if (provider == "gcp" || provider == "gs") return "gcp";
    if (provider == "azure" || provider == "az") return "azure";
    if (provider == "oci" || provider == "oc") return "oci";
    return std::nullopt;
}

bucket_choice choose_bucket(cluster& home, node const& at, request const& r, std::string const& name,
                            std::string_view provider, std::string_view name_space) {
    auto const refuse = [&](int status, std::string_view tcode, std::string_view message) {
        return bucket_choice{nullptr, error_response(r, at.name, status, tcode, message)};
    };
    auto const backend = canonical_provider(provider);
    if (!backend) {
        return refuse(400, "ErrInvalidBackendProvider",
                      "invalid backend provider \"" + std::string(provider) +
                          "\": must be one of [ais, aws (s3://), gcp (gs://), azure (az://), oci (oc://)]");
    }
    if (*backend != "ais") {
        auto const scheme = *backend == "aws" ? "s3" : *backend == "gcp" ? "gs" : *backend == "azure" ? "az" : "oc";
        return refuse(404, "ErrFailedTo",
                      at.name + ": failed to lookup bucket " + scheme + "://" + name + ", err: the playground has no " +
                          std::string(*backend) + " backend");
    }
    if (!name_space.empty() && name_space != "@#")
        return refuse(404, "ErrFailedTo",
                      "remote cluster or namespace \"" + std::string(name_space) + "\" does not exist");
    if (!is_bucket_name(name)) return refuse(400, "", bad_bucket_name);
    auto objects = home.objects().find(name);
    if (!objects) return refuse(404, "ErrBckNotFound", "bucket \"ais://" + name + "\" does not exist");
    return {std::move(objects), std::nullopt};
}

response bucket_handler::answer(node const& at, request const& r, std::string_view body) {
    auto const items = path_items(r.path);  // v1, buckets, NAME
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    if (items.size() > 3) return invalid("invalid request URI: '" + r.method + " " + r.path + "'");
    auto const message = parse_action(body);
    if (!message) {
        return invalid(at.name + ": failed to unmarshal [*apc.ActMsg] (" + r.method +
                       "), err: " + message.error().text);
    }
    auto const wrong_action = [&] { return invalid("invalid action " + json_string(message->action)); };
    auto const lists = message->action.empty() || message->action == "list";
    if (items.size() == 2) {
        if (r.method != "GET") return method_not_allowed("GET");
        return lists ? list_buckets() : wrong_action();
    }

    auto const name = std::string(items[2]);
    if (r.method == "POST") {
        if (message->action != "create-bck") return wrong_action();
        if (canonical_provider(r.parameters.value_or("provider", "")) != "ais")
            return invalid("only ais:// buckets can be created");
        if (!is_bucket_name(name)) return invalid(bad_bucket_name);
        auto const created = home_.objects().create(name);
        if (!created) return invalid(created.error().text);
        if (!*created) {
            return error_response(r, at.name, 409, "ErrBucketAlreadyExists",
                                  "bucket \"ais://" + name + "\" already exists");
        }
        return {};
    }
    auto chosen = choose_bucket(home_, at, r, name, r.parameters.value_or("provider", ""),
                                r.parameters.value_or("namespace", ""));
    if (chosen.refused) return std::move(*chosen.refused);
    if (r.method == "GET") return lists ? list_objects(r, *chosen.objects, *message) : wrong_action();
    if (r.method == "HEAD") {
        response out;
        out.set("Ais-Bucket-Props",
                R"({"provider":"ais","backend_bck":{"name":"","provider":"","namespace":{"uuid":"","name":""}},)"
                R"("checksum":{"type":"none"},"access":"18446744073709551615","features":"0","bid":"1",)"
                R"("versioning":{"enabled":false}})");
        out.headless = true;
        return out;
    }
    if (r.method == "DELETE") {
        if (message->action != "destroy-bck") return wrong_action();
        if (auto const gone = home_.objects().destroy(name); !gone) return invalid(gone.error().text);
        return {};
    }
    return method_not_allowed("DELETE, GET, HEAD, POST");
}

response bucket_handler::list_buckets() {
    std::string json = "[";
    for (auto const& name : home_.objects().names()) {
        if (json.size() > 1) json += ",";
        json += "{\"name\":" + json_string(name) + R"(,"provider":"ais","namespace":{"uuid":"","name":""}})";
    }
    return json_response(json + "]");
}

response bucket_handler::list_objects(request const& r, bucket& objects, action_message const& message) {
    auto const size = message.page_size == 0 ? max_page : std::min(message.page_size, max_page);
    auto const& after = message.continuation_token.empty() ? message.start_after : message.continuation_token;
    auto const page = objects.list(message.prefix, after, static_cast<std::size_t>(size));
    // A full page has a token even when it is the last: the next page is empty then (AIStore behaviour).
    auto const token = page.size() == size ? page.back().name : std::string();
    auto const uuid = message.uuid.empty() ? home_.random_id(9) : message.uuid;
    auto const sizes = message.props.empty() || message.props.find("size") != std::string::npos;
    if (r.field("Accept") != "application/msgpack") return json_response(page_as_json(page, uuid, token, sizes));
    response out;
    out.set("Content-Type", "application/msgpack");
    out.body = page_as_msgpack(page, uuid, token, sizes);
    return out;
}

}  // namespace aisle::playground
