#include "batch_answer.hpp"

#include <aisle/codec/multipart_writer.hpp>
#include <aisle/codec/tar_header.hpp>
#include <aisle/codec/tar_writer.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

// Ready bytes at which the socket gets them: few system calls, and they still fit the second-level cache.
constexpr std::size_t send_bytes = 128 * 1024;
// Go answers with a length instead of chunks when the whole body fits its buffer (net/http, bufferBeforeChunkingSize).
constexpr std::uint64_t unchunked_bytes = 2048;

constexpr std::string_view excess_data = "nobody asked for this";

std::uint64_t available(member const& m) {
    if (!m.source || m.source->size() <= m.offset) return 0;
    return std::min(m.size, m.source->size() - m.offset);
}

}  // namespace

batch_answer::batch_answer(cluster& home, shard_cache& shards, batch_order order)
    : home_(home), planner_(home, shards, order.item, order.faults), order_(std::move(order)) {}

batch_answer::step batch_answer::produce(chunked_body& out) {
    while (out.ready().size() < send_bytes || !archive_.settled()) {
        switch (phase_) {
            case phase::begin:
                if (auto const s = begin(out); s.what != next::more) return s;
                break;
            case phase::planning:
                if (auto const s = plan_all(out)) return *s;
                break;
            case phase::members:
                if (archive_.at_limit()) return limit_step(out);
                if (auto const s = next_member(out)) return *s;
                break;
            case phase::data:
                if (archive_.at_limit()) return limit_step(out);
                member_data(out);
                break;
            case phase::end:
                archive_end(out);
                if (archive_.at_limit()) return limit_step(out);
                phase_ = phase::finish;
                if (auto const pause = home_.options().tail_delay; pause.count() > 0 && home_.targets().size() > 1)
                    return {next::rest, pause};
                break;
            case phase::finish: return finish(out);
            case phase::done: return {next::close, {}};
        }
    }
    return {next::more, {}};
}

batch_answer::step batch_answer::begin(chunked_body& out) {
    ++home_.counts().batches;
    if (order_.faults.has(fault_kind::empty_body)) {
        write_head(out, "application/x-tar", std::nullopt);
        return finish(out);
    }
    if (!order_.streaming) {
        phase_ = phase::planning;
        return {};
    }
    write_head(out, "application/x-tar", std::nullopt);
    archive_.begin_stream();
    phase_ = phase::members;
    if (auto const at = order_.faults.at(fault_kind::abrupt_close)) archive_.set_limit(*at);
    if (auto const at = order_.faults.at(fault_kind::stall)) {
        archive_.set_limit(*at);
        limit_means_ = at_limit::stall;
    }
    return {};
}

void batch_answer::write_head(chunked_body& out, std::string content_type, std::optional<std::uint64_t> length) {
    if (order_.faults.has(fault_kind::wrong_content_type)) content_type = "text/html; charset=utf-8";
    head_end end;
    // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
    auto const old = order_.head.minor_version == 0;
    if (length) end.content_length = std::to_string(*length);
    end.chunked = !old && !length;
    end.close = (old && !length) || !order_.head.keep_alive;
    out.restart(end.chunked ? chunked_body::framing::chunked : chunked_body::framing::none);
    out.head(head_text(200, {{"Content-Type", std::move(content_type)}}, end));
}

// The plan of the next entry, or nothing and a pause to be served first.
std::optional<planned> batch_answer::plan_next(step& pause) {
    if (paused_) return std::exchange(paused_, std::nullopt);
    auto plan = planner_.plan(order_.streaming ? entry_at(position_) : planned_.size());
    if (plan.waited.count() == 0) return plan;
    pause = {next::rest, plan.waited};
    paused_ = std::move(plan);
    return std::nullopt;
}

// Multipart: AIStore assembles everything before it answers, so that what goes wrong has a status.
std::optional<batch_answer::step> batch_answer::plan_all(chunked_body& out) {
    auto const wanted = order_.item->request.in.size();
    while (planned_.size() < wanted) {
        step pause;
        auto plan = plan_next(pause);
        if (!plan) return pause;
        if (plan->refused) return refuse(out, *plan->refused);
        auto& m = *plan->entry;
        scratch_.clear();
        if (!codec::append_tar_header(scratch_, m.name, m.size, m.modified_seconds))
            return refuse(out, {400, {}, "archive/tar: cannot encode header: the name has a NUL"});
        if (available(m) < m.size) return refuse(out, {400, {}, "unexpected EOF"});
        m.source.reset();  // not one open file for each entry
        planned_.push_back(std::move(m));
    }
    return begin_multipart(out);
}

batch_answer::step batch_answer::begin_multipart(chunked_body& out) {
    auto const boundary = codec::random_multipart_boundary();
    auto const json = metadata();
    std::string first;
    std::string second;
    codec::append_multipart_metadata(first, boundary, json);
    codec::append_multipart_archive(second, boundary, order_.job_id);
    codec::append_multipart_end(multipart_end_, boundary);
    auto const bytes = archive_bytes();
    auto const body = first.size() + second.size() + bytes + multipart_end_.size();
    auto const length = body <= unchunked_bytes ? std::optional<std::uint64_t>(body) : std::nullopt;
    write_head(out, codec::multipart_content_type(boundary), length);
    // The writes of Go's mime/multipart: the part's head, its content, the next part's head.
    out.write(std::string_view(first).substr(0, first.size() - json.size()));
    out.write(json);
    out.write(second);

    archive_.begin_pages(bytes);
    if (auto const at = order_.faults.at(fault_kind::abrupt_close)) archive_.set_limit(*at);
    if (auto const at = order_.faults.at(fault_kind::stall)) {
        archive_.set_limit(*at);
        limit_means_ = at_limit::stall;
    }
    phase_ = phase::members;
    return {};
}

std::string batch_answer::metadata() const {
    codec::moss_metadata all;
    all.uuid = order_.job_id;
    // What the first request asked for decides who fills in `out`, the second who writes it.
    if (!order_.item->request.streaming && !order_.faults.has(fault_kind::metadata_empty)) {
        for (auto const& m : planned_) all.out.push_back(m.out);
    }
    if (auto const at = order_.faults.at(fault_kind::metadata_short); at && *at < all.out.size()) all.out.resize(*at);
    std::string json;
    codec::write_metadata(json, all);
    return json;
}

// Bytes of the archive in multipart: faults change what is in it.
std::uint64_t batch_answer::archive_bytes() {
    std::uint64_t bytes = 0;
    auto const add = [&](std::string_view name, std::uint64_t size) {
        scratch_.clear();
        static_cast<void>(codec::append_tar_header(scratch_, name, size, 0));
        bytes += scratch_.size();
        bytes += size + codec::tar_padding(size);
    };
    auto const wanted = members_wanted();
    for (std::size_t at = 0; at < wanted; ++at) {
        auto const& m = planned_[entry_at(at)];
        if (order_.faults.hits(fault_kind::cut_member, at)) {
            add(m.name, 0);
            return bytes + m.size / 2;
        }
        add(m.name, m.size);
    }
    if (order_.faults.has(fault_kind::excess_member)) add("excess", excess_data.size());
    return bytes + 2 * codec::tar_block_bytes;
}

std::size_t batch_answer::members_wanted() const {
    std::uint64_t count = order_.item->request.in.size();
    if (auto const at = order_.faults.at(fault_kind::short_archive)) count = std::min(count, *at);
    if (order_.faults.has(fault_kind::empty_archive)) count = 0;
    return static_cast<std::size_t>(count);
}

std::size_t batch_answer::entry_at(std::size_t position) const {
    auto const at = order_.faults.at(fault_kind::swapped);
    if (!at || *at + 1 >= order_.item->request.in.size()) return position;
    if (position == *at) return position + 1;
    return position == *at + 1 ? position - 1 : position;
}

std::optional<batch_answer::step> batch_answer::next_member(chunked_body& out) {
    if (position_ >= members_wanted()) {
        phase_ = phase::end;
        return std::nullopt;
    }
    if (order_.streaming) {
        step pause;
        auto plan = plan_next(pause);
        if (!plan) return pause;
        if (!plan->entry) {
            phase_ = phase::end;  // AIStore behaviour: the stream ends here, under 200 and well formed
            return std::nullopt;
        }
        current_ = std::move(*plan->entry);
    } else {
        current_ = std::move(planned_[entry_at(position_)]);
        planner_.reopen(entry_at(position_), current_);
    }
    scratch_.clear();
    if (!codec::append_tar_header(scratch_, current_.name, current_.size, current_.modified_seconds)) {
        phase_ = phase::end;  // a NUL in the name: Go cannot write it either, and ends
        return std::nullopt;
    }
    if (order_.faults.hits(fault_kind::damaged_header, position_))
        scratch_[scratch_.size() - codec::tar_block_bytes] ^= 0x01;
    write_header(out);
    ++home_.counts().members;
    if (order_.faults.hits(fault_kind::cut_member, position_)) {
        limit_means_ = at_limit::end_cleanly;
        archive_.set_limit(archive_.written() + current_.size / 2);
    }
    copied_ = 0;
    phase_ = phase::data;
    return std::nullopt;
}

// Go writes a header block by block.
void batch_answer::write_header(chunked_body& out) {
    for (std::string_view rest = scratch_; !rest.empty();) {
        auto const n = std::min(rest.size(), codec::tar_block_bytes);
        archive_.put(out, rest.substr(0, n));
        rest.remove_prefix(n);
    }
}

void batch_answer::member_data(chunked_body& out) {
    auto const left = std::min(available(current_), current_.size) - std::min(copied_, available(current_));
    if (left > 0) {
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(left, archive_writer::page_bytes));
        if (!archive_.copy(out, *current_.source, current_.offset + copied_, n)) phase_ = phase::done;
        copied_ += n;
        return;
    }
    if (copied_ < current_.size) {
        // The shard is damaged inside this member: AIStore's stream ends in the middle of it, cleanly framed.
        limit_means_ = at_limit::end_cleanly;
        archive_.set_limit(archive_.written());
        return;
    }
    scratch_.clear();
    codec::append_tar_padding(scratch_, current_.size);
    archive_.put(out, scratch_);
    current_.source.reset();
    ++position_;
    phase_ = phase::members;
}

void batch_answer::archive_end(chunked_body& out) {
    if (order_.faults.has(fault_kind::excess_member)) {
        scratch_.clear();
        static_cast<void>(codec::append_tar_header(scratch_, "excess", excess_data.size(), 0));
        scratch_ += excess_data;
        codec::append_tar_padding(scratch_, excess_data.size());
        write_header(out);
    }
    scratch_.clear();
    codec::append_tar_end(scratch_);
    write_header(out);
}

batch_answer::step batch_answer::finish(chunked_body& out) {
    out.write(multipart_end_);
    phase_ = phase::done;
    if (order_.faults.has(fault_kind::no_final_chunk)) {
        out.break_off();
        return {next::close, {}};
    }
    out.finish();
    return {next::finished, {}};
}

batch_answer::step batch_answer::limit_step(chunked_body& out) {
    if (limit_means_ == at_limit::end_cleanly) return finish(out);
    phase_ = phase::done;
    out.break_off();
    return {limit_means_ == at_limit::stall ? next::stall : next::close, {}};
}

batch_answer::step batch_answer::refuse(chunked_body& out, refusal const& why) {
    phase_ = phase::done;
    auto answer = error_response(order_.head, order_.node_name, why.status, why.tcode, why.message);
    answer.close = !order_.head.keep_alive;
    out.restart(chunked_body::framing::none);
    out.head(response_text(answer));
    out.finish();
    return {next::finished, {}};
}

}  // namespace aisle::playground
