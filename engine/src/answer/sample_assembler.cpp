#include "sample_assembler.hpp"

#include "../entry/batch_facts.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace aisle::detail {
namespace {

result<void> begin_entry(response_decoder& decoder, sample_assembler& assembler) {
    if (auto told = std::exchange(decoder.metadata(), std::nullopt))
        if (auto ok = assembler.metadata(std::move(*told)); !ok) return ok;
    if (auto ok = assembler.begin_entry(decoder.entry()); !ok) return ok;
    if (decoder.entry().size_known) return {};
    if (auto const told = assembler.told_size()) decoder.expect_size(*told);
    return {};
}

// Most responses are just a tar archive: the same loop without the intermediate layers.
result<void> decode_tar(codec::tar_reader& tar, sample_assembler& assembler,
                        std::span<std::span<std::byte> const>& pieces, slab_ref const& in) {
    using codec::event_kind;
    while (!pieces.empty()) {
        tar.feed(pieces.front());
        pieces = pieces.subspan(1);
        for (bool fed = true; fed;) {
            auto const event = tar.next();
            switch (event.kind) {
                case event_kind::entry_data: assembler.data(event.data, in); break;
                case event_kind::entry_begin:
                    if (auto ok = assembler.begin_entry(tar.entry()); !ok) return ok;
                    break;
                case event_kind::entry_end:
                    if (auto ok = assembler.end_entry(0, in); !ok) return ok;
                    break;
                case event_kind::need_input: fed = false; break;
                case event_kind::end: assembler.end_mark(); break;
                case event_kind::error: return tar.failure();
            }
        }
    }
    return {};
}

}  // namespace

sample_assembler::sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, entry_listener& listener,
                                   std::span<std::uint32_t const> asked, assembler_options options, slab_pool& pool)
    : listener_(&listener),
      number_(number),
      answer_(std::allocate_shared<answer const>(recycled<answer>(), answer{std::move(of), {}, {}})),
      entries_(answer_->of->entries()),
      options_(options),
      intake_(pool, options.intake),
      asked_(asked.begin(), asked.end()) {
    auto const& batch = *answer_->of;
    if (asked_.empty() || !batch_facts::one_bucket(batch) || !batch_facts::names_only(batch)) return;
    auto const bucket = read_bucket(entries_.front().bucket);
    if (!bucket) return;
    if (!options_.only_object_names) name_begin_.append(bucket->name).append(1, '/');
    usual_ = true;
}

void sample_assembler::answered_by(std::string designated_target, std::string request_id) {
    answer_ = std::allocate_shared<answer const>(
        recycled<answer>(), answer{answer_->of, std::move(designated_target), std::move(request_id)});
}

result<void> sample_assembler::metadata(codec::get_batch_metadata found) {
    if (found.out.size() != asked_.size())
        return fault(errc::metadata_mismatch, "the metadata has " + std::to_string(found.out.size()) +
                                                  " entries, requested: " + std::to_string(asked_.size()));
    metadata_ = std::move(found);
    usual_ = false;
    return {};
}

result<void> sample_assembler::begin_entry(codec::entry_header const& header) {
    if (begins_as_usual(header)) [[likely]]
        return {};
    return begin_any(header);
}

// The common case of begin_any(): the entry has only a name, and nothing else in this response needs a check. False:
// use begin_any().
bool sample_assembler::begins_as_usual(codec::entry_header const& header) {
    if (!usual_ || all_passed() || unproven_) return false;
    auto const index = asked_[next_member_];
    auto const& object = entries_[index].object;
    bool const has_name = header.name.size() == name_begin_.size() + object.size() && header.name.ends_with(object) &&
                          header.name.starts_with(name_begin_);
    if (!has_name || header.type != codec::entry_type::regular || !intake_.may_take_unchecked(header)) return false;
    last_size_ = header.size;
    state_ = listener_->is_open(index) ? state::collecting : state::skipping;
    if (state_ == state::collecting) intake_.begin_unchecked();
    provable_ = true;
    return true;
}

result<void> sample_assembler::begin_any(codec::entry_header const& header) {
    if (all_passed())
        return fault(errc::excess_members,
                     "the archive continues after the " + std::to_string(asked_.size()) + " requested members",
                     header.name);
    entry const& want = at(asked_[next_member_]);
    if (!options_.only_object_names && want.bucket != bucket_text_) {
        bucket_name_ = read_bucket(want.bucket).value().name;  // valid: checked with the entry
        bucket_text_ = want.bucket;
    }
    auto const verdict = judge_name(want, bucket_name_, header.name);
    bool const is_missing = verdict == name_verdict::missing && header.size == 0;
    if (verdict != name_verdict::expected && !is_missing) return not_the_member(want, header.name);
    if (header.type != codec::entry_type::regular) return not_a_file(header);
    if (metadata_)
        if (auto ok = check_metadata(header, want, is_missing); !ok) return ok;
    release_unproven();
    if (is_missing) {
        state_ = state::placeholder;
        return {};
    }
    collect(header, want);
    return {};
}

void sample_assembler::begin_bare(codec::entry_header const& header) {
    collect(header, at(asked_[next_member_]));
    provable_ = true;
}

result<void> sample_assembler::check_metadata(codec::entry_header const& header, entry const& want,
                                              bool is_missing) const {
    auto const& told = metadata_->out[next_member_];
    bool const other_size = header.size_known && told.size >= 0 && static_cast<std::uint64_t>(told.size) != header.size;
    if (told.size < 0 || other_size || told.err_msg.empty() == is_missing)
        return fault(errc::metadata_mismatch, "the metadata has " + std::to_string(told.size) +
                                                  (told.err_msg.empty() ? " bytes" : " bytes and missing") +
                                                  ", the archive " + std::to_string(header.size) +
                                                  (is_missing ? " bytes and missing" : " bytes"));
    std::string_view const sent = options_.sent_opaque ? std::string_view(want.opaque) : std::string_view();
    if (!std::ranges::equal(told.opaque, std::as_bytes(std::span(sent))))
        return fault(errc::metadata_mismatch, "the metadata returns a different opaque than was sent");
    return {};
}

void sample_assembler::collect(codec::entry_header const& header, entry const& want) {
    // Without "continue on error" everything after a missing entry is invalid, whether AIStore sends it or not.
    bool const too_late = claimed_ && !options_.cont_on_err;
    if (too_late || !listener_->is_open(asked_[next_member_])) {
        state_ = state::skipping;
        return;
    }
    state_ = state::collecting;
    last_size_ = header.size;
    provable_ = header.size_known || metadata_ || size_asked(want) || !want.expected_checksum.empty();
    if (auto ok = intake_.begin(want, header); !ok) bad_payload(std::move(ok).error());
}

void sample_assembler::data(std::span<std::byte const> bytes, slab_ref const& in) {
    if (state_ == state::collecting) {
        if (auto ok = intake_.add(bytes, in); !ok) bad_payload(std::move(ok).error());
    } else if (state_ == state::placeholder) {
        placeholder_bytes_ += bytes.size();
    }
}

result<void> sample_assembler::end_entry(std::size_t take_back, slab_ref const& in) {
    if (state_ == state::collecting) {
        auto taken = intake_.end(take_back, in);
        if (!taken)
            bad_payload(std::move(taken).error());
        else if (provable_) [[likely]]
            listener_->deliver(asked_[next_member_], answer_, *taken->bytes, *taken->in);
        else
            unproven_ = taken_payload{std::move(*taken->bytes), *taken->in};
    } else if (state_ == state::placeholder) {
        bool const empty = std::exchange(placeholder_bytes_, 0) == take_back;
        if (!empty) return not_the_member(at(asked_[next_member_]), "a placeholder with data");
        claim_current();
    }
    ++next_member_;
    state_ = state::between;
    return {};
}

std::optional<std::uint64_t> sample_assembler::told_size() const {
    if (!metadata_) return std::nullopt;
    return static_cast<std::uint64_t>(metadata_->out[next_member_].size);
}

void sample_assembler::release_unproven() {
    if (!unproven_) [[likely]]
        return;
    auto payload = *std::exchange(unproven_, std::nullopt);
    listener_->deliver(asked_[next_member_ - 1], answer_, payload.bytes, payload.in);
}

void sample_assembler::end_mark() {
    if (all_passed()) release_unproven();
}

result<void> sample_assembler::end_archive() const {
    if (!all_passed())
        return fault(errc::short_batch, "the archive ended normally after " + std::to_string(next_member_) + " of " +
                                            std::to_string(asked_.size()) + " members");
    return {};
}

// Only this sample is wrong: the archive continues. Another response may deliver it correctly, unless it exceeds our
// size limit.
void sample_assembler::bad_payload(error why) {
    state_ = state::skipping;
    listener_->bad_payload(asked_[next_member_], std::move(why));
}

void sample_assembler::claim_current() {
    claim_missing(asked_[next_member_], metadata_ ? metadata_->out[next_member_].err_msg : std::string());
}

void sample_assembler::claim_missing(std::uint32_t index, std::string servers_words) {
    error why{errc::missing, stage::assemble, "not in the cluster, or not on the node that looked for it"};
    why.server_text = std::move(servers_words);
    claimed_ = true;
    if (!options_.cont_on_err) usual_ = false;
    listener_->missing(index, std::move(why));
}

error sample_assembler::fault(errc code, std::string text, std::string_view servers_words) const {
    error e{code, stage::assemble, std::move(text)};
    e.batch = number_;
    if (!all_passed()) e.entry = asked_[next_member_];
    e.server_text = servers_words;
    return e;
}

error sample_assembler::not_a_file(codec::entry_header const& header) const {
    auto const kind = header.type == codec::entry_type::link        ? "a link"
                      : header.type == codec::entry_type::directory ? "a directory"
                                                                    : "not a regular file";
    return fault(errc::wrong_member, std::string("the requested member is ") + kind + " in the archive", {});
}

error sample_assembler::not_the_member(entry const& want, std::string_view name) const {
    auto expected = options_.only_object_names ? want.object : std::string(bucket_name_) + '/' + want.object;
    if (!want.archpath.empty()) expected += '/' + want.archpath;
    return fault(errc::wrong_member, "expected \"" + expected + "\" at this position of the archive", name);
}

result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler, slab_ref const& fed_from) {
    using codec::event_kind;
    for (;;) {
        auto const event = decoder.next(assembler.collected());
        auto const& in = event.in ? *event.in : fed_from;
        switch (event.kind) {
            case event_kind::entry_data:
                assembler.data(event.data, in);
                if (event.in && assembler.expanded(event.data.size())) return {};
                break;
            case event_kind::entry_begin:
                if (auto ok = begin_entry(decoder, assembler); !ok) return ok;
                break;
            case event_kind::entry_end:
                if (auto ok = assembler.end_entry(event.take_back, in); !ok) return ok;
                break;
            case event_kind::need_input: return {};
            case event_kind::end:
                if (decoder.finished()) return assembler.end_archive();
                assembler.end_mark();
                break;  // the reader continues after the end mark, to check that nothing follows
            case event_kind::error: return decoder.failure();
        }
    }
}

result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler,
                            std::span<std::span<std::byte> const>& pieces, slab_ref const& fed_from) {
    if (auto* const tar = decoder.plain_tar()) return decode_tar(*tar, assembler, pieces, fed_from);
    while (!pieces.empty()) {
        decoder.feed(pieces.front());
        pieces = pieces.subspan(1);
        if (auto ok = decode_samples(decoder, assembler, fed_from); !ok || assembler.is_paused()) return ok;
    }
    return {};
}

}  // namespace aisle::detail
