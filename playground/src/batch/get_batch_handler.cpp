#include "get_batch_handler.hpp"

#include "../bucket/bucket_handler.hpp"
#include "../bucket/redirect_location.hpp"
#include "../cluster/map_view.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>
#include <charconv>

namespace aisle::playground {
namespace {

// AIStore behaviour: how long a target with many pending items sleeps before it accepts another.
constexpr std::chrono::milliseconds throttle_delay{10};

// AIStore behaviour: a name that could lead out of a bucket fails the whole batch.
bool is_entry_name(std::string_view name) {
    if (name.empty() || name.ends_with('/') || name.starts_with("~/")) return false;
    return std::ranges::none_of(path_items(name), [](auto step) { return step == "." || step == ".."; });
}

std::string unknown_mime(std::string_view mime) {
    return "unknown mime type " + base::json_string(mime);
}

std::string range_text(codec::get_batch_request_entry const& entry) {
    auto text = "start=" + std::to_string(entry.start);
    if (entry.length != -1) text += ",length=" + std::to_string(entry.length);
    return text;
}

// Why an entry is invalid; empty if it is valid.
std::string entry_error(codec::get_batch_request_entry const& entry) {
    if (!is_entry_name(entry.objname)) return "invalid object name " + base::json_string(entry.objname);
    auto const of = " (oname: " + base::json_string(entry.objname) + ")";
    if (!entry.archpath.empty() && !is_entry_name(entry.archpath))
        return "invalid archpath " + base::json_string(entry.archpath) + of;
    if (entry.start < 0 || entry.length < -1 || (entry.start != 0 && entry.length == 0))
        return "not satisfiable range [" + range_text(entry) + of + "]";
    return {};
}

}  // namespace

std::variant<response, std::unique_ptr<batch_answer>> get_batch_handler::answer(node const& at, request const& r,
                                                                                std::string body) {
    auto const proxy = at.plays == role::proxy;
    if (r.method != "GET") {
        if (proxy) return method_not_allowed("GET");
        if (r.method == "POST")
            return error_response(r, at.name, 403, "", at.name + ": expected INTRA-CONTROL request (got PUBLIC)");
        return method_not_allowed("GET, POST");
    }
    if (auto const caller = r.field("Ais-Caller-Id"); !caller.empty()) {
        return error_response(r, at.name, 403, "",
                              "unexpected intra-cluster header on pub: 'Ais-Caller-Id=" + std::string(caller) + "'");
    }
    if (proxy) return redirect(at, r, std::move(body));
    return assemble(at, r, std::move(body));
}

response get_batch_handler::redirect(node const& at, request const& r, std::string body) {
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    auto const items = path_items(r.path);  // v1, ml, moss, BUCKET
    if (items.size() < 3) return invalid("URL '" + r.path.substr(1) + "' is too short: expected 3 items, got 2");
    if (items.size() > 4 || items[2] != "moss") {
        return invalid("invalid request URI: '" + r.method + " " + r.path + (r.raw_query.empty() ? "" : "?") +
                       r.raw_query + "' from " + r.remote_address);
    }
    std::uint64_t coloc = 0;
    if (auto const text = r.parameters.get("coloc")) {
        auto const [end, ec] = std::from_chars(text->data(), text->data() + text->size(), coloc);
        if (ec != std::errc{} || end != text->data() + text->size() || coloc > 2)
            return invalid("invalid 'coloc=" + std::string(*text) + "' (expecting 0, 1, or 2)");
    }
    auto item = std::make_shared<work_item>();
    if (items.size() == 4) {
        auto chosen = choose_bucket(home_, at, r, std::string(items[3]), r.parameters.value_or("provider", ""),
                                    r.parameters.value_or("namespace", ""));
        if (chosen.refused) return std::move(*chosen.refused);
        item->bucket = std::move(chosen.id);
    }
    auto parsed = codec::read_request(std::move(body));
    if (!parsed) return invalid(parsed.error().text);
    item->request = std::move(*parsed);
    if (auto refused = check(at, r, *item)) return std::move(*refused);

    item->target = choose_target(*item, coloc);
    auto const& target = home_.targets()[item->target];
    auto const item_id = at.id.substr(0, 7) + "-" + home_.random_id(5);
    auto const base = "/v1/ml/moss/" + (items.size() == 4 ? item->bucket.name + "/" : "");
    auto const tail = "/" + item_id + "/" + std::to_string(home_.targets().size());
    auto const relayed = [&](int status, std::string_view tcode, std::string const& message) {
        return relayed_error(r, at.name, target.name, status, tcode, message, base + "noxid" + tail);
    };
    if (home_.is_dead(item->target)) {
        return error_response(r, at.name, 400, "ErrFailedTo",
                              at.name + ": failed to call " + target.name + ": connection refused");
    }
    if (auto const map = stranger_to(at); !map.empty()) {
        return relayed(409, "",
                       target.name + ": sender " + at.id + " (" + at.name + ") not present in the local " + map);
    }
    if (!output_of(item->request.mime, home_.options().zstd_output))
        return relayed(400, "errUnknownMime", unknown_mime(item->request.mime));
    auto const bucket_uri = item->bucket.uri();
    auto const job_id = items_.job(item->bucket, "gbt-" + home_.random_id(10));
    item->job_id = job_id;
    item->id = item_id;
    auto const refusal = faults_.refusal();
    if (refusal) ++home_.counts().faults_applied;
    auto const later = [&](response out) {
        if (refusal && refusal->retry_after_s > 0) out.set("Retry-After", std::to_string(refusal->retry_after_s));
        return out;
    };
    switch (refusal ? refusal->status : 0) {
        case 401: return error_response(r, at.name, 401, "", "token expired");
        case 403: return error_response(r, at.name, 403, "", "insufficient permissions: bucket access denied");
        case 409: return relayed(409, "", target.name + ": Smap versions differ");
        case 500: return error_response(r, at.name, 500, "", at.name + ": a fault of the playground");
        case 503: return later(error_response(r, at.name, 503, "", at.name + ": node is starting up"));
        default: break;
    }
    auto const admitted =
        refusal ? admission{.pending = work_items::max_pending} : items_.add(job_id, item_id, std::move(item));
    auto& counted = home_.batch_counts_of(target.index);
    if (!admitted.accepted) {
        ++counted.hard_errors;
        return later(relayed(429, "ErrTooManyRequests",
                             "x-get-batch[" + job_id + "]-" + bucket_uri + ": wid=\"" + item_id +
                                 "\" rejected: pending=" + std::to_string(admitted.pending)));
    }
    ++home_.counts().redirects;
    auto out = redirect_response(r, 307, redirect_location(at, target, r, base + job_id + tail));
    if (admitted.throttled) {
        out.delay = throttle_delay;
        counted.throttle_ns += static_cast<std::uint64_t>(std::chrono::nanoseconds(throttle_delay).count());
    }
    return out;
}

// The cluster map of the targets, as error messages describe it, if this proxy is not in it.
std::string get_batch_handler::stranger_to(node const& at) {
    if (faults_.nodes_with(fault_kind::stranger_proxy).empty()) return {};
    auto map = map_seen_by(home_.targets().front(), home_, faults_).text();
    if (!faults_.due(fault_kind::stranger_proxy, at.index)) return {};
    ++home_.counts().faults_applied;
    return map;
}

std::optional<response> get_batch_handler::check(node const& at, request const& r, work_item const& item) const {
    auto const invalid = [&](std::string_view message) { return error_response(r, at.name, 400, "", message); };
    if (item.request.in.empty()) return invalid("moss: empty input");
    codec::get_batch_request_entry const* last = nullptr;
    for (auto const& entry : item.request.in) {
        if (auto const wrong = entry_error(entry); !wrong.empty()) return invalid("unmarshalerDecoder: " + wrong);
        if (last && last->bucket == entry.bucket && last->provider == entry.provider && last->uname == entry.uname)
            continue;
        last = &entry;
        if (entry.uname.empty() && entry.bucket.empty()) {
            if (item.bucket.name.empty())
                return invalid("missing bucket specification for object " + base::json_string(entry.objname));
            continue;
        }
        if (!entry.uname.empty() && !bucket_id::parse_uname(entry.uname)) return invalid("bucket name is missing");
        auto chosen = entry.uname.empty() ? choose_bucket(home_, at, r, entry.bucket, entry.provider, "")
                                          : choose_bucket(home_, at, r, item.bucket_of(entry));
        if (chosen.refused) return std::move(chosen.refused);
    }
    return std::nullopt;
}

// A random target; with co-location, the target that owns most entries.
unsigned get_batch_handler::choose_target(work_item const& item, std::uint64_t coloc) const {
    auto const targets = home_.targets().size();
    if (coloc == 0) return home_.random_target();
    std::vector<std::size_t> owned(targets);
    for (auto const& entry : item.request.in) ++owned[home_.owner(item.bucket_of(entry), entry.objname)];
    return static_cast<unsigned>(std::ranges::max_element(owned) - owned.begin());
}

std::variant<response, std::unique_ptr<batch_answer>> get_batch_handler::assemble(node const& at, request const& r,
                                                                                  std::string body) {
    if (r.parameters.value_or("pid", "").empty() || r.parameters.value_or("utm", "").empty())
        return error_response(r, at.name, 401, "", "direct target access denied");
    auto const items = path_items(r.path);  // v1, ml, moss, [BUCKET,] JOB, ITEM, TARGETS
    if (items.size() < 6 || items.size() > 7 || items[2] != "moss") {
        return error_response(r, at.name, 400, "",
                              "invalid request URI: '" + r.method + " " + r.path + "' from " + r.remote_address);
    }
    auto const job_id = std::string(items[items.size() - 3]);
    auto const item_id = std::string(items[items.size() - 2]);
    auto second = codec::read_request(std::move(body));
    if (!second) return error_response(r, at.name, 400, "", second.error().text);
    if (second->in.empty()) return error_response(r, at.name, 400, "", "moss: empty input");

    auto const written = output_of(second->mime, home_.options().zstd_output);
    if (!written) return error_response(r, at.name, 400, "errUnknownMime", unknown_mime(second->mime));

    using reason = no_work_item::reason;
    auto const found = items_.find(job_id, item_id, at.index);
    auto const* none = std::get_if<no_work_item>(&found);
    if (none && none->why != reason::no_such_item) {
        return error_response(r, at.name, none->why == reason::no_job ? 404 : 409, "",
                              "x-moss: xid " + base::json_string(job_id) + " not active");
    }
    auto taken = items_.take(none ? std::string() : item_id);
    auto const gone = [&] {
        return error_response(r, at.name, 404, "ErrNotFound",
                              (none ? none->job_name : "x-get-batch[" + job_id + "]") +
                                  ": wid=" + base::json_string(item_id) + " (prep-rx not done?) does not exist");
    };
    if (!taken.item) return gone();
    auto faults = faults_.for_answer(at.index);
    home_.counts().faults_applied += faults.count();
    if (faults.has(fault_kind::expired)) return gone();
    auto const named = output_of(taken.item->request.mime, home_.options().zstd_output);
    batch_order order{.head = r,
                      .node_name = at.name,
                      .job_id = job_id,
                      .item = std::move(taken.item),
                      .place = std::move(taken.place),
                      .streaming = second->streaming,
                      .named = named.value_or(output_format::tar),
                      .written = *written,
                      .faults = std::move(faults)};
    return std::make_unique<batch_answer>(home_, shards_, std::move(order));
}

}  // namespace aisle::playground
