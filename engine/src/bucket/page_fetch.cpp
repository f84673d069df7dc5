#include "page_fetch.hpp"

#include "../call/cluster_call.hpp"
#include "../request/answer_text.hpp"
#include "../request/cluster_path.hpp"
#include "bucket_calls.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/codec/json/get_batch.hpp>
#include <aisle/codec/json/object_page.hpp>

#include <memory>

namespace aisle::detail {
namespace {

class page_call final : public cluster_call {
public:
    page_call(std::string const& bucket, codec::page_request asked, std::string what)
        : bucket_(bucket), asked_(std::move(asked)), what_(std::move(what)) {}

    result<http::request> next_request() override {
        auto const uri = read_bucket(bucket_);
        if (!uri) return uri.error();
        http::request out;
        name_bucket(out.target, *uri);
        out.content_type = "application/json";
        out.body = std::make_shared<std::string const>(codec::write_page_request(asked_));
        return out;
    }
    bool is_for_target() const noexcept override { return false; }
    std::string what() const override { return what_; }

    http::task<result<void>> take(http::response& answer) override {
        if (answer.status() != 200) {
            auto refusing = refusal_in(answer);
            co_return co_await std::move(refusing);
        }
        if (auto ok = check_content_encoding(answer.header("Content-Encoding")); !ok) co_return ok;
        std::string text;
        auto reading = read_text(answer, codec::max_json_bytes + 1, text);
        if (auto read = co_await std::move(reading); !read) co_return read;
        auto came = codec::read_object_page(std::move(text));
        if (!came) co_return came.error();
        if (!came->token.empty() && came->token == asked_.token)
            co_return error{errc::bad_metadata, stage::metadata, "the server returns the same page repeatedly"};
        page = std::move(*came);
        co_return result<void>{};
    }

    codec::object_page page;

private:
    std::string const& bucket_;
    codec::page_request const asked_;
    std::string const what_;
};

codec::page_request request_of(std::string const& prefix, list_options const& options, listing_place const& from) {
    codec::page_request out;
    out.uuid = from.uuid;
    out.token = from.token;
    out.prefix = prefix;
    out.props = options.details ? "name,size,cached,checksum,version,location" : "name,size,cached";
    out.flags = options.cached_only || options.members ? codec::list_cached_only : 0;
    out.entries = options.page_entries;
    return out;
}

object_info info_of(codec::listed_entry&& e, std::string const& checksum_type) {
    object_info out;
    out.cached = (e.flags & codec::listed_entry::cached) != 0;
    out.name = std::move(e.name);
    out.size = e.size;
    // An object that only the backend has is listed with the backend's checksum, whose type is unknown.
    if (!e.checksum.empty() && out.cached) out.checksum = {checksum_type, std::move(e.checksum)};
    out.version = std::move(e.version);
    out.location = std::move(e.location);
    return out;
}

/// Appends the members of the last object in `out`, an archive, with one listing per archive. AIStore behaviour: in a
/// listing of several archives, members follow their archive in the order of the target's disk, but pages are cut by
/// name. So "a.tar/x" is lost or listed twice if a page ends between it and an object such as "a.tar.idx". A target
/// stops listing at an archive that it cannot read, and lists it without the archive flag. The members of a single
/// archive are in order.
http::task<result<void>> append_members(operation_context context, std::string bucket, retry_options retry,
                                        std::vector<object_info>& out) {
    auto const at = out.size() - 1;
    auto const archive = out[at].name;
    codec::page_request asked;
    asked.prefix = archive;
    asked.props = "name,size,cached";
    asked.flags = codec::list_cached_only | codec::list_members;
    asked.entries = most_page_entries;  // the fewest requests
    auto const inside = archive + '/';
    do {
        page_call call(bucket, asked, "list the members of " + bucket + '/' + archive);
        auto carrying = carry_out(context, call, retry);
        auto done = co_await std::move(carrying);
        if (!done) co_return done;
        for (auto& e : call.page.entries) {
            if (e.name == archive) {
                out[at].is_archive = (e.flags & codec::listed_entry::archive) != 0;
                out[at].is_unreadable = !out[at].is_archive;
            }
            if ((e.flags & codec::listed_entry::in_archive) == 0 || !e.name.starts_with(inside)) continue;
            object_info member;
            member.name = archive;
            member.archpath = e.name.substr(inside.size());
            member.size = e.size;
            member.cached = true;
            out.push_back(std::move(member));
        }
        asked.uuid = std::move(call.page.uuid);
        asked.token = std::move(call.page.token);
    } while (!asked.token.empty());
    co_return result<void>{};
}

}  // namespace

http::task<result<listing_step>> fetch_page(operation_context context, std::string bucket, std::string prefix,
                                            list_options options, listing_place from) {
    listing_step out;
    out.next = from;
    if (options.details && !from.checksum_type) {
        auto asking = ask_checksum_type(context, bucket, options.retry);
        auto type = co_await std::move(asking);
        if (!type) co_return type.error();
        out.next.checksum_type = std::move(*type);
    }
    page_call call(bucket, request_of(prefix, options, from), "list " + bucket + (prefix.empty() ? "" : '/' + prefix));
    auto carrying = carry_out(context, call, options.retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    out.next.uuid = std::move(call.page.uuid);
    out.next.token = std::move(call.page.token);
    auto const type = out.next.checksum_type.value_or("");
    for (auto& e : call.page.entries) {
        if ((e.flags & codec::listed_entry::directory) != 0) continue;
        out.objects.push_back(info_of(std::move(e), type));
        if (!options.members || !codec::is_archive_name(out.objects.back().name)) continue;
        auto appending = append_members(context, bucket, options.retry, out.objects);
        auto const appended = co_await std::move(appending);
        if (!appended) co_return appended.error();
    }
    co_return out;
}

}  // namespace aisle::detail
