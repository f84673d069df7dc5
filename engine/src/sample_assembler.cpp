#include "sample_assembler.hpp"

#include "sample_access.hpp"

#include <algorithm>

namespace aisle::detail {

sample_assembler::sample_assembler(std::shared_ptr<batch const> of, std::uint64_t number, on_missing missing)
    : of_(std::move(of)), number_(number), missing_(missing) {
    auto const& entries = of_->entries();
    asked_.reserve(entries.size());
    for (std::uint32_t i = 0; i < entries.size(); ++i)
        if (check(entries[i])) asked_.push_back(i);
    report_.batch = number;
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
    entry const& want = of_->entries()[next_index_];
    if (want.bucket != bucket_text_) {
        bucket_ = read_bucket(want.bucket).value();  // was read well when the entry was checked
        bucket_text_ = want.bucket;
    }
    auto const verdict = judge_name(want, bucket_.name, header.name);
    bool const is_missing = verdict == name_verdict::missing && header.size == 0;
    if (header.type != codec::entry_type::regular || (verdict != name_verdict::expected && !is_missing))
        return fault(errc::wrong_member,
                     "expected \"" + std::string(bucket_.name) + '/' + want.object +
                         (want.archpath.empty() ? "" : '/' + want.archpath) + "\" at this place of the archive",
                     header.name);
    if (metadata_) {
        auto const& told = metadata_->out[next_member_];
        if (told.size < 0 || static_cast<std::uint64_t>(told.size) != header.size || told.err_msg.empty() == is_missing)
            return fault(errc::metadata_mismatch, "the metadata says " + std::to_string(told.size) +
                                                      (told.err_msg.empty() ? " bytes" : " bytes and missing") +
                                                      ", the archive " + std::to_string(header.size) +
                                                      (is_missing ? " bytes and missing" : " bytes"));
    }
    if (is_missing) {
        refuse_missing(next_index_, out);
        state_ = state::skipping;
    } else if (want.range.length > 0 && header.size != static_cast<std::uint64_t>(want.range.length)) {
        // AIStore's recovery of a lost peer ignores ranges and sends the whole object under the right name.
        auto why = fault(errc::wrong_size, "the range asked for has " + std::to_string(want.range.length) +
                                               " bytes, the member " + std::to_string(header.size));
        refuse(next_index_, sample_status::failed, std::make_shared<error const>(std::move(why)), out);
        state_ = state::skipping;
    } else {
        state_ = state::collecting;
    }
    return {};
}

void sample_assembler::data(std::span<std::byte const> bytes, slab_ref const& in) {
    if (state_ != state::collecting) return;
    // The reader sees the slab as constant; joining runs needs the writable view of the same bytes.
    auto* const writable = in->data() + (bytes.data() - in->data());
    payload_.append({writable, bytes.size()});
}

void sample_assembler::end_entry(slab_ref const& in, std::vector<sample>& out) {
    if (state_ == state::collecting) {
        auto s = sample_access::make(of_, number_, next_index_);
        report_.bytes += payload_.size_bytes();
        ++report_.delivered;
        sample_access::deliver(s, payload_.empty() ? slab_ref{} : in, std::move(payload_));
        payload_.clear();
        out.push_back(std::move(s));
        ++next_index_;
    }
    ++next_member_;
    state_ = state::between;
    if (next_member_ == asked_.size()) answer_unsent(out);
}

result<void> sample_assembler::end_archive() const {
    if (next_member_ < asked_.size())
        return fault(errc::short_batch, "the archive ended well after " + std::to_string(next_member_) + " of " +
                                            std::to_string(asked_.size()) + " members");
    return {};
}

void sample_assembler::fail(error why, std::vector<sample>& out) {
    payload_.clear();
    state_ = state::between;
    why.batch = number_;
    if (!why.entry && !answered()) why.entry = next_index_;
    report_.fault = why;
    auto const shared = std::make_shared<error const>(std::move(why));
    while (!answered()) {
        answer_unsent(out);
        if (!answered()) refuse(next_index_, sample_status::failed, shared, out);
    }
}

error sample_assembler::fault(errc code, std::string text, std::string_view servers_words) const {
    error e{code, stage::assemble, std::move(text)};
    e.batch = number_;
    if (!answered()) e.entry = next_index_;
    e.server_text = servers_words;
    return e;
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
    auto s = sample_access::make(of_, number_, index);
    ++(status == sample_status::missing ? report_.missing : report_.failed);
    sample_access::refuse(s, status, std::move(why));
    out.push_back(std::move(s));
    ++next_index_;
}

void sample_assembler::refuse_missing(std::uint32_t index, std::vector<sample>& out) {
    auto why = fault(errc::missing, "not in the cluster, or not where it was looked for");
    if (metadata_) why.server_text = metadata_->out[next_member_].err_msg;
    auto const status = missing_ == on_missing::skip ? sample_status::missing : sample_status::failed;
    refuse(index, status, std::make_shared<error const>(std::move(why)), out);
}

}  // namespace aisle::detail
