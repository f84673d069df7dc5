#include "sample_assembler.hpp"

#include "sample_access.hpp"

#include <algorithm>

namespace aisle::detail {

sample_assembler::sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, assembler_options options,
                                   slab_pool& pool)
    : of_(std::move(of)),
      answer_(std::make_shared<answer const>(answer{of_, {}, {}})),
      number_(number),
      options_(options),
      intake_(pool, options.intake) {
    auto const& entries = of_->entries();
    asked_.reserve(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i)
        if (check(entries[i])) asked_.push_back(i);
    report_.batch = number;
}

void sample_assembler::answered_by(std::string designated_target, std::string request_id) {
    report_.designated_target = designated_target;
    report_.request_id = request_id;
    answer_ = std::make_shared<answer const>(answer{of_, std::move(designated_target), std::move(request_id)});
}

result<void> sample_assembler::metadata(codec::moss_metadata found) {
    if (found.out.size() != asked_.size())
        return fault(errc::metadata_mismatch, "the metadata tells of " + std::to_string(found.out.size()) +
                                                  " entries, asked for were " + std::to_string(asked_.size()));
    metadata_ = std::move(found);
    return {};
}

result<void> sample_assembler::begin_entry(codec::entry_header const& header, std::vector<sample>& out) {
    answer_unsent(out);
    if (next_member_ == asked_.size())
        return fault(errc::excess_members,
                     "the archive goes on after the " + std::to_string(asked_.size()) + " members asked for",
                     header.name);
    entry const& want = of_->entries()[index_of_next_member()];
    if (!options_.only_object_names && want.bucket != bucket_text_) {
        bucket_name_ = read_bucket(want.bucket).value().name;  // was read well when the entry was checked
        bucket_text_ = want.bucket;
    }
    auto const verdict = judge_name(want, bucket_name_, header.name);
    bool const is_missing = verdict == name_verdict::missing && header.size == 0;
    if (header.type != codec::entry_type::regular || (verdict != name_verdict::expected && !is_missing))
        return not_the_member(want, header.name);
    if (metadata_) {
        auto const& told = metadata_->out[next_member_];
        bool const other_size =
            header.size_known && told.size >= 0 && static_cast<std::uint64_t>(told.size) != header.size;
        if (told.size < 0 || other_size || told.err_msg.empty() == is_missing)
            return fault(errc::metadata_mismatch, "the metadata says " + std::to_string(told.size) +
                                                      (told.err_msg.empty() ? " bytes" : " bytes and missing") +
                                                      ", the archive " + std::to_string(header.size) +
                                                      (is_missing ? " bytes and missing" : " bytes"));
        if (!std::ranges::equal(told.opaque, std::as_bytes(std::span(want.opaque))))
            return fault(errc::metadata_mismatch, "the metadata gives back another opaque than was sent");
    }
    release_unproven(out);
    if (is_missing) {
        state_ = state::placeholder;
        return header.size_known ? missing_entry(out) : result<void>();
    }
    state_ = state::collecting;
    provable_ = header.size_known || metadata_ || size_asked(want) || !want.expected_checksum.empty();
    if (auto ok = intake_.begin(want, header); !ok) fail_entry(std::move(ok).error(), out);
    return {};
}

void sample_assembler::data(std::span<std::byte const> bytes, slab_ref const& in, std::vector<sample>& out) {
    if (state_ == state::collecting) {
        if (auto ok = intake_.add(bytes, in); !ok) fail_entry(std::move(ok).error(), out);
    } else if (state_ == state::placeholder) {
        placeholder_bytes_ += bytes.size();
    }
}

result<void> sample_assembler::end_entry(std::size_t take_back, slab_ref const& in, std::vector<sample>& out) {
    if (state_ == state::collecting) {
        auto taken = intake_.end(take_back, in);
        if (!taken)
            fail_entry(std::move(taken).error(), out);
        else if (provable_) [[likely]]
            deliver(std::move(*taken), out);
        else
            unproven_ = std::move(*taken);
    } else if (state_ == state::placeholder) {
        bool const empty = std::exchange(placeholder_bytes_, 0) == take_back;
        if (!empty) return not_the_member(of_->entries()[next_index_], "a placeholder that has data");
        if (auto ok = missing_entry(out); !ok) return ok;
    }
    ++next_member_;
    state_ = state::between;
    if (next_member_ == asked_.size()) answer_unsent(out);
    return {};
}

std::optional<std::uint64_t> sample_assembler::told_size() const {
    if (!metadata_) return std::nullopt;
    return static_cast<std::uint64_t>(metadata_->out[next_member_].size);
}

void sample_assembler::deliver(taken_payload payload, std::vector<sample>& out) {
    auto s = sample_access::make(answer_, number_, next_index_);
    report_.bytes += payload.bytes.size_bytes();
    ++report_.delivered;
    sample_access::deliver(s, std::move(payload.in), std::move(payload.bytes));
    out.push_back(std::move(s));
    ++next_index_;
}

void sample_assembler::release_unproven(std::vector<sample>& out) {
    if (!unproven_) [[likely]]
        return;
    deliver(*std::exchange(unproven_, std::nullopt), out);
    answer_unsent(out);
}

void sample_assembler::end_mark(std::vector<sample>& out) {
    if (next_member_ == asked_.size()) release_unproven(out);
}

result<void> sample_assembler::end_archive() const {
    if (next_member_ < asked_.size())
        return fault(errc::short_batch, "the archive ended well after " + std::to_string(next_member_) + " of " +
                                            std::to_string(asked_.size()) + " members");
    return {};
}

void sample_assembler::fail(error why, std::vector<sample>& out) {
    state_ = state::between;
    why.batch = number_;
    if (!why.entry && !answered()) why.entry = next_index_;
    report_.fault = why;
    if (unproven_) {
        unproven_.reset();
        auto unsure = why;
        unsure.entry = next_index_;
        unsure.text = "not known to be whole, as what follows it is not as it should be: " + unsure.text;
        refuse(next_index_, sample_status::failed, std::make_shared<error const>(std::move(unsure)), out);
    }
    auto const shared = std::make_shared<error const>(std::move(why));
    while (!answered()) {
        answer_unsent(out);
        if (!answered()) refuse(next_index_, sample_status::failed, shared, out);
    }
}

error sample_assembler::fault(errc code, std::string text, std::string_view servers_words) const {
    error e{code, stage::assemble, std::move(text)};
    e.batch = number_;
    if (!answered()) e.entry = index_of_next_member();
    e.server_text = servers_words;
    return e;
}

// Where a member is kept back, or was the last, this is not next_index_.
std::uint32_t sample_assembler::index_of_next_member() const {
    return next_member_ < asked_.size() ? asked_[next_member_] : next_index_;
}

void sample_assembler::answer_unsent(std::vector<sample>& out) {
    if (asked_.size() == of_->size()) return;
    // asked_ is sorted, so entries before the next asked one were not sent.
    auto const next_asked = std::lower_bound(asked_.begin(), asked_.end(), next_index_);
    auto const stop = next_asked == asked_.end() ? static_cast<std::uint32_t>(of_->size()) : *next_asked;
    while (next_index_ < stop) {
        auto why = check(of_->entries()[next_index_]).error();
        why.batch = number_;
        why.entry = next_index_;
        refuse(next_index_, sample_status::failed, std::make_shared<error const>(std::move(why)), out);
    }
}

void sample_assembler::refuse(std::uint32_t index, sample_status status, std::shared_ptr<error const> why,
                              std::vector<sample>& out) {
    auto s = sample_access::make(answer_, number_, index);
    ++(status == sample_status::missing ? report_.missing : report_.failed);
    sample_access::refuse(s, status, std::move(why));
    out.push_back(std::move(s));
    ++next_index_;
}

// What is wrong with this sample alone: the archive, and with it the batch, goes on.
void sample_assembler::fail_entry(error why, std::vector<sample>& out) {
    why.batch = number_;
    why.entry = next_index_;
    refuse(next_index_, sample_status::failed, std::make_shared<error const>(std::move(why)), out);
    state_ = state::skipping;
}

result<void> sample_assembler::missing_entry(std::vector<sample>& out) {
    auto why = fault(errc::missing, "not in the cluster, or not where it was looked for");
    if (metadata_) why.server_text = metadata_->out[next_member_].err_msg;
    // AIStore's own strictness depends on which target answers, so it is enforced here.
    if (!options_.cont_on_err) return why;
    auto const status = options_.missing == on_missing::skip ? sample_status::missing : sample_status::failed;
    refuse(next_index_, status, std::make_shared<error const>(std::move(why)), out);
    state_ = state::skipping;
    return {};
}

error sample_assembler::not_the_member(entry const& want, std::string_view name) const {
    auto expected = options_.only_object_names ? want.object : std::string(bucket_name_) + '/' + want.object;
    if (!want.archpath.empty()) expected += '/' + want.archpath;
    return fault(errc::wrong_member, "expected \"" + expected + "\" at this place of the archive", name);
}

}  // namespace aisle::detail
