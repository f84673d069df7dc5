#include "batch_answer.hpp"

#include "../fault/entry_faults.hpp"
#include "answer_metadata.hpp"

#include <aisle/codec/multipart/multipart_writer.hpp>
#include <aisle/codec/tar/tar_writer.hpp>

#include <algorithm>

namespace aisle::playground {
namespace {

// Bytes that are collected before they are written to the socket: few system calls, and they still fit the L2 cache.
constexpr std::size_t send_bytes = 128 * 1024;
// Go sends Content-Length instead of chunks if the whole body fits this buffer (net/http: bufferBeforeChunkingSize).
constexpr std::uint64_t unchunked_bytes = 2048;
// The end of an archive is written in pieces of this size, because Go writes a zip directory through a bufio.Writer.
constexpr std::size_t end_piece_bytes = 4096;

constexpr std::string_view excess_data = "not requested";

}  // namespace

batch_answer::batch_answer(cluster& home, shard_cache& shards, batch_order order)
    : home_(home),
      planner_(home, shards, order.item, order.faults),
      order_(std::move(order)),
      tally_(home.batch_counts_of(order_.item->target), planner_),
      encoder_(make_archive_encoder(order_.written)) {}

batch_answer::step batch_answer::produce(chunked_body& out) {
    while (out.ready().size() < send_bytes || !archive_.settled()) {
        if (archive_.at_limit()) return limit_step(out);
        switch (phase_) {
            case phase::begin:
                if (auto const s = begin(out); s.what != next::more) return s;
                break;
            case phase::planning:
                if (auto const s = plan_all(out)) return *s;
                break;
            case phase::members:
                if (auto const s = next_member()) return *s;
                break;
            case phase::data: member_data(); break;
            case phase::end:
                write_end(out);
                if (archive_.at_limit()) break;
                if (auto const s = rest_before_finish()) return *s;
                break;
            case phase::pages:
                write_page();
                if (archive_.at_limit() || phase_ == phase::pages) break;
                if (auto const s = rest_before_finish()) return *s;
                break;
            case phase::finish: return finish(out);
            case phase::done: return {next::close, {}};
        }
    }
    return {next::more, {}};
}

batch_answer::step batch_answer::begin(chunked_body& out) {
    ++home_.counts().batches;
    auto const empty = order_.faults.has(fault_kind::empty_body);
    if (!order_.streaming && !empty) {
        phase_ = phase::planning;
        return {};
    }
    write_head(out, std::string(content_type_of(order_.named)), std::nullopt);
    if (empty) return finish(out);
    archive_.begin_stream(out);
    set_limits();
    phase_ = phase::members;
    return {};
}

void batch_answer::set_limits() {
    if (auto const at = order_.faults.at(fault_kind::abrupt_close)) archive_.set_limit(*at);
    if (auto const at = order_.faults.at(fault_kind::stall)) {
        archive_.set_limit(*at);
        stalls_at_limit_ = true;
    }
}

void batch_answer::write_head(chunked_body& out, std::string content_type, std::optional<std::uint64_t> length) {
    if (order_.faults.has(fault_kind::wrong_content_type)) content_type = "text/html; charset=utf-8";
    if (order_.faults.has(fault_kind::other_content_type))
        content_type = content_type_of(order_.written == output_format::tar ? output_format::zip : output_format::tar);
    head_end end;
    // HTTP/1.0 has no chunks: the body ends with the connection.
    auto const old = order_.head.minor_version == 0;
    if (length) end.content_length = std::to_string(*length);
    end.chunked = !old && !length;
    end.close = (old && !length) || !order_.head.keep_alive;
    out.restart(end.chunked ? chunked_body::framing::chunked : chunked_body::framing::none);
    out.head(head_text(200, {{"Content-Type", std::move(content_type)}}, end));
}

// The plan of the next entry; or nothing, and a pause that comes first.
std::optional<planned> batch_answer::plan_next(step& pause) {
    if (paused_) return std::exchange(paused_, std::nullopt);
    auto plan = planner_.plan(order_.streaming ? entry_at(position_) : planned_.size());
    if (plan.waited.count() == 0) return plan;
    pause = {next::rest, plan.waited};
    paused_ = std::move(plan);
    return std::nullopt;
}

// Multipart: AIStore assembles everything before it responds, so an error gets a status.
std::optional<batch_answer::step> batch_answer::plan_all(chunked_body& out) {
    auto const wanted = order_.item->request.in.size();
    std::string header;
    while (planned_.size() < wanted) {
        step pause;
        auto plan = plan_next(pause);
        if (!plan) return pause;
        if (plan->aborted()) break;  // AIStore behaviour: status 200, with the entries so far
        if (plan->refused) return refuse(out, *plan->refused);
        auto& m = *plan->entry;
        if (order_.written != output_format::zip && !codec::append_tar_header(header, m.name, m.size))
            return refuse(out, {400, {}, "archive/tar: cannot encode header: the name has a NUL"});
        header.clear();
        if (m.available() < m.size) return refuse(out, {400, {}, "unexpected EOF"});
        if (!m.damage.empty()) return refuse(out, {400, {}, m.damage});
        m.source.reset();  // do not keep a file open for each entry
        planned_.push_back(std::move(m));
    }
    // AIStore behaviour: the mode of the first request decides whether `out` is filled, that of the second whether it
    // is sent.
    metadata_ = answer_metadata(order_.job_id, planned_, !order_.item->request.streaming, order_.faults);
    if (order_.written == output_format::tar && order_.faults.empty()) {
        begin_multipart(out, tar_bytes(planned_));
    } else {
        archive_.begin_collecting();
    }
    phase_ = phase::members;
    return std::nullopt;
}

// Writes everything before the archive.
void batch_answer::begin_multipart(chunked_body& out, std::uint64_t archive_bytes) {
    auto const boundary = codec::random_multipart_boundary();
    std::string first;
    std::string second;
    codec::append_multipart_metadata(first, boundary, metadata_);
    codec::append_multipart_archive(second, boundary, order_.job_id);
    codec::append_multipart_end(multipart_end_, boundary);
    auto const body = first.size() + second.size() + archive_bytes + multipart_end_.size();
    auto const length = body <= unchunked_bytes ? std::optional<std::uint64_t>(body) : std::nullopt;
    write_head(out, codec::multipart_content_type(boundary), length);
    // The same writes as Go's mime/multipart: header of the part, content, header of the next part.
    out.write(std::string_view(first).substr(0, first.size() - metadata_.size()));
    out.write(metadata_);
    out.write(second);
    archive_.begin_pages(out, archive_bytes);
    set_limits();
}

std::size_t batch_answer::entries() const {
    return order_.streaming ? order_.item->request.in.size() : planned_.size();
}

std::size_t batch_answer::members_wanted() const {
    std::uint64_t count = entries();
    if (auto const at = order_.faults.at(fault_kind::short_archive)) count = std::min(count, *at);
    if (order_.faults.has(fault_kind::empty_archive)) count = 0;
    return static_cast<std::size_t>(count);
}

std::size_t batch_answer::entry_at(std::size_t position) const {
    auto const at = order_.faults.at(fault_kind::swapped);
    if (!at || *at + 1 >= entries()) return position;
    if (position == *at) return position + 1;
    return position == *at + 1 ? position - 1 : position;
}

std::optional<batch_answer::step> batch_answer::next_member() {
    if (position_ >= members_wanted()) {
        end_archive({});
        return std::nullopt;
    }
    if (order_.streaming) {
        step pause;
        auto plan = plan_next(pause);
        if (!plan) return pause;
        if (!plan->entry) {
            if (plan->refused) tally_.failed();
            end_archive({});  // AIStore behaviour: the stream ends here, well formed and with status 200
            return std::nullopt;
        }
        current_ = std::move(*plan->entry);
    } else {
        auto const entry = entry_at(position_);
        current_ = std::move(planned_[entry]);
        planner_.reopen(entry, current_);
    }
    if (order_.faults.hits(fault_kind::flip, position_) && current_.source && current_.size > 0)
        current_.source->flip_bit(current_.offset + current_.size / 2);
    if (!encoder_->begin_member(archive_, {.name = current_.name,
                                           .size = current_.size,
                                           .modified_seconds = current_.modified_seconds,
                                           .damaged = order_.faults.hits(fault_kind::damaged_header, position_)})) {
        end_archive({});  // a NUL in the name: Go cannot write it to a tar and ends the archive
        return std::nullopt;
    }
    ++home_.counts().members;
    copied_ = 0;
    phase_ = phase::data;
    return std::nullopt;
}

void batch_answer::member_data() {
    auto const cut = order_.faults.hits(fault_kind::cut_member, position_);
    auto const there = cut ? std::min(current_.available(), current_.size / 2) : current_.available();
    if (copied_ < there) {
        auto const n = static_cast<std::size_t>(std::min<std::uint64_t>(there - copied_, archive_writer::page_bytes));
        if (!encoder_->data(archive_, *current_.source, current_.offset + copied_, n)) phase_ = phase::done;
        copied_ += n;
        return;
    }
    if (cut || there < current_.size || !current_.damage.empty()) {
        // The shard is damaged inside this member: AIStore ends the stream in the middle of it, cleanly framed. If the
        // size of a multipart body has been sent already, the object has changed since.
        if (!multipart_end_.empty()) {
            phase_ = phase::done;
        } else {
            end_archive({.in_member = true, .marked = true});
        }
        return;
    }
    encoder_->end_member(archive_);
    current_.source.reset();
    tally_.sent(order_.item->request.in[entry_at(position_)], current_.size);
    ++position_;
    phase_ = phase::members;
}

void batch_answer::end_archive(archive_ending how) {
    phase_ = phase::end;
    if (!how.in_member && order_.faults.has(fault_kind::excess_member)) {
        auto const extra = stored_object::memory(std::make_shared<std::string const>(excess_data), 0);
        static_cast<void>(encoder_->begin_member(archive_, {.name = "excess", .size = extra.size()}));
        static_cast<void>(encoder_->data(archive_, extra, 0, excess_data.size()));
        encoder_->end_member(archive_);
    }
    how.marked = !order_.faults.has(fault_kind::no_end_mark);
    end_ = encoder_->finish(how);
    spoil_end(end_, order_.faults);
}

void batch_answer::write_end(chunked_body& out) {
    for (std::string_view rest = end_; !rest.empty();) {
        auto const n = std::min(rest.size(), end_piece_bytes);
        archive_.put(rest.substr(0, n));
        rest.remove_prefix(n);
    }
    phase_ = phase::finish;
    if (order_.streaming || !multipart_end_.empty()) return;
    collected_ = std::move(archive_.collected());
    begin_multipart(out, collected_.size());
    phase_ = phase::pages;
}

void batch_answer::write_page() {
    auto const page = std::string_view(collected_).substr(collected_at_, archive_writer::page_bytes);
    archive_.put(page);
    collected_at_ += page.size();
    if (collected_at_ == collected_.size()) phase_ = phase::finish;
}

std::optional<batch_answer::step> batch_answer::rest_before_finish() {
    auto const pause = home_.options().tail_delay;
    if (phase_ != phase::finish || pause.count() == 0 || home_.targets().size() == 1) return std::nullopt;
    return step{next::rest, pause};
}

batch_answer::step batch_answer::finish(chunked_body& out) {
    tally_.close();
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
    tally_.close();
    phase_ = phase::done;
    out.break_off();
    return {stalls_at_limit_ ? next::stall : next::close, {}};
}

batch_answer::step batch_answer::refuse(chunked_body& out, refusal const& why) {
    tally_.failed();
    tally_.close();
    phase_ = phase::done;
    auto answer = error_response(order_.head, order_.node_name, why.status, why.tcode, why.message);
    answer.close = !order_.head.keep_alive;
    out.restart(chunked_body::framing::none);
    out.head(response_text(answer));
    out.finish();
    return {next::finished, {}};
}

}  // namespace aisle::playground
