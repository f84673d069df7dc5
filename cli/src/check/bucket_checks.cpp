#include "bucket_checks.hpp"

#include "../flags/bucket_text.hpp"
#include "../text/figure_text.hpp"
#include "../text/quantity.hpp"
#include "../text/remedy.hpp"

#include <aisle/base/percent_encoding.hpp>
#include <aisle/bucket.hpp>
#include <aisle/codec/tar/tar_writer.hpp>
#include <aisle/security.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

namespace aisle::cli {
namespace {

constexpr std::size_t batch_entries = 8;
/// Of a larger object only a range of this size is requested.
constexpr std::uint64_t most_bytes = std::uint64_t{1} << 20;
constexpr std::array formats = {".tar", ".tgz", ".zip", ".tar.lz4"};
constexpr std::string_view member_name = "member";
constexpr std::size_t member_bytes = 3'000;
constexpr char const* no_bucket_remedy =
    "check the name of the bucket and its provider (s3://NAME, ...), and that the cluster has this backend";

entry entry_of(std::string const& bucket, object_info const& o) {
    entry e;
    e.bucket = bucket;
    e.object = o.name;
    if (o.size > most_bytes) {
        e.range = {0, static_cast<std::int64_t>(most_bytes)};
        e.expected_size = most_bytes;
    } else {
        e.expected_size = o.size;
        e.expected_checksum = o.checksum.text();
    }
    return e;
}

std::string random_bytes(std::size_t size) {
    std::mt19937_64 random(size);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(random());
    return out;
}

std::string probe_folder() {
    std::random_device random;
    return "aisle-check-" + std::to_string(random()) + "/";
}

}  // namespace

bucket_checks::bucket_checks(engine_options const& options, std::string const& bucket, std::chrono::milliseconds limit,
                             check_report& report, std::stop_token stop)
    : options_(options), bucket_(bucket), limit_(limit), report_(report), stop_(std::move(stop)), engine_(options) {}

retry_options bucket_checks::retry() const {
    retry_options out;
    out.elapsed = out.unreached = limit_;
    return out;
}

bool bucket_checks::find_objects() {
    list_options how;
    how.details = true;
    how.pages_ahead = 0;
    how.page_entries = 1'000;
    how.retry = retry();
    how.stop = stop_;
    auto const page = engine_.bucket(bucket_).list({}, how).next_page();
    if (!page) {
        auto const& why = page.error();
        if (stop_.stop_requested()) return false;
        report_.fail("bucket", why.message(), why.http_status == 404 ? no_bucket_remedy : remedy_of(why));
        return false;
    }
    if (page->empty()) {
        report_.warn("bucket", bucket_ + " is empty: no batch can be requested", "store objects, or give --put");
        return false;
    }
    auto const step = std::max<std::size_t>(1, page->size() / batch_entries);
    for (std::size_t i = 0; i < page->size() && entries_.size() < batch_entries; i += step)
        entries_.push_back(entry_of(bucket_, (*page)[i]));
    auto const cold = std::ranges::count_if(*page, [](auto const& o) { return !o.cached; });
    report_.ok("bucket", bucket_ + " has objects" +
                             (cold ? "; some are only in its backend, so their first batch is slow" : std::string()));
    return true;
}

bool bucket_checks::put_probes() {
    auto const folder = probe_folder();
    std::string shard;
    auto const member = random_bytes(member_bytes);
    static_cast<void>(codec::append_tar_header(shard, member_name, member.size()));
    shard += member;
    codec::append_tar_padding(shard, member.size());
    codec::append_tar_end(shard);
    std::vector<std::pair<std::string, std::string>> const objects = {{folder + "empty", {}},
                                                                      {folder + "small", random_bytes(10'000)},
                                                                      {folder + "large", random_bytes(most_bytes)},
                                                                      {folder + "shard.tar", std::move(shard)}};
    entries_.clear();
    auto const to = engine_.bucket(bucket_);
    for (auto const& [name, bytes] : objects) {
        auto const stored = to.put(name, bytes, {.retry = retry(), .stop = stop_});
        if (!stored) {
            report_.fail("put", stored.error().message(), remedy_of(stored.error()));
            return false;
        }
        probes_.push_back(name);
        object_info probe;
        probe.name = name;
        probe.size = bytes.size();
        probe.checksum = stored->checksum;
        entries_.push_back(entry_of(bucket_, probe));
    }
    entry in_shard;
    in_shard.bucket = bucket_;
    in_shard.object = objects.back().first;
    in_shard.archpath = member_name;
    in_shard.expected_size = member_bytes;
    entries_.push_back(std::move(in_shard));
    report_.ok("put", std::to_string(objects.size()) + " probe objects stored in " + bucket_ + "/" + folder);
    return true;
}

void bucket_checks::remove_probes(node_client& client, std::string const& endpoint) {
    if (probes_.empty()) return;
    auto const parts = split_bucket(bucket_);
    auto query = "?provider=" + base::percent_encode(parts.provider);
    if (!parts.name_space.empty()) query += "&namespace=" + base::percent_encode(parts.name_space);
    auto const token = authorization(options_.credentials);
    auto const objects = endpoint + "/v1/objects/" + base::percent_encode(parts.name) + '/';
    std::string left;
    for (auto const& name : probes_) {
        auto url = objects;
        url.append(base::percent_encode(name, "/")).append(query);
        auto const removed = client.remove(url, token ? *token : std::string());
        if (!removed || removed->status >= 300) left.append(left.empty() ? "" : ", ").append(name);
    }
    probes_.clear();
    if (!left.empty())
        return report_.warn("remove", "probe objects could not be removed from " + bucket_ + ": " + left,
                            "remove them yourself");
    report_.ok("remove", "the probe objects are removed");
}

void bucket_checks::fetch_batches() {
    for (auto const* format : formats)
        for (bool const streamed : {true, false})
            if (!stop_.stop_requested()) fetch_batch(format, streamed);
}

void bucket_checks::fetch_batch(std::string const& format, bool streamed) {
    auto const check = "batch " + format + (streamed ? " stream" : " multipart");
    batch_report end;
    stream_options how;
    how.output_format = format;
    how.streaming_get = streamed;
    how.hedging = false;
    how.retry = retry();
    how.on_batch_end = [&end](batch_report const& r) { end = r; };
    batch wanted(bucket_);
    for (auto const& e : entries_) wanted.add(e);
    std::string trouble;
    std::string remedy;
    auto stream = engine_.get(std::move(wanted), std::move(how));
    std::stop_callback const on_stop(stop_, [&stream] { stream.cancel(); });
    while (auto const s = stream.next()) {
        if (s->delivered() || !trouble.empty()) continue;
        trouble = s->entry().object + ": " + s->why().message();
        remedy = remedy_of(s->why());
    }
    auto const outcome = stream.finish();
    if (stop_.stop_requested()) return;
    if (!outcome) return report_.fail(check, outcome.error().message(), remedy_of(outcome.error()));
    if (!trouble.empty()) return report_.fail(check, std::move(trouble), std::move(remedy));
    auto const text = format_count(end.delivered, "sample", "samples") + ", " +
                      format_bytes(static_cast<double>(end.bytes)) + ", in " +
                      figure(std::chrono::duration<double, std::milli>(end.last_sample).count(), 1) + " ms";
    if (end.fault)
        report_.warn(check, text + "; the response is damaged after its last sample: " + end.fault->message(),
                     remedy_of(*end.fault));
    else if (end.overcome)
        report_.warn(check,
                     text + ", after " + format_count(end.retries, "retry", "retries") + ": " + end.overcome->message(),
                     remedy_of(*end.overcome));
    else if (end.output_format != format)
        report_.warn(check, text + ", but the server sends " + end.output_format, "request a format that it supports");
    else
        report_.ok(check, text);
}

}  // namespace aisle::cli
