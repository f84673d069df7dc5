#include <aisle/codec/archive_chain.hpp>

namespace aisle::codec {

archive_chain::archive_chain(archive_format format, slab_pool& pool, after_end follows, std::size_t max_window_bytes)
    : format_(format),
      follows_(follows),
      plain_tar_(format == archive_format::tar),
      // Inside a compressed stream there is only the tar: anything foreign follows the compressed stream.
      tar_(plain_tar_ ? follows : after_end::zero_padding) {
    if (auto const wrapped = compression_of(format); wrapped != compression::none)
        expander_.emplace(make_decompressor(wrapped, follows, max_window_bytes), pool);
    else if (format == archive_format::zip)
        zip_.emplace(pool, follows);
}

void archive_chain::finish() noexcept {
    if (expander_)
        expander_->finish();
    else if (zip_)
        zip_->finish();
    else
        tar_.finish();
}

event archive_chain::next_expanded() {
    for (;;) {
        if (failure_.code) return {event_kind::error, {}};
        auto e = tar_.next();
        switch (e.kind) {
            case event_kind::entry_data: e.in = &expander_->slab(); return e;
            case event_kind::entry_end:
                if (tar_.entry().size != 0) e.in = &expander_->slab();
                return e;
            case event_kind::entry_begin: return e;
            case event_kind::error: {
                auto why = tar_.failure();
                why.text += " (offset in the decompressed archive)";
                return fail(std::move(why));
            }
            case event_kind::end:
                // If the archive is the whole stream, report `end` at once, as for plain tar; the rest is checked
                // afterwards. Otherwise the archive ends where the compressed stream ends.
                if (expansion_ended_ || follows_ == after_end::zero_padding) return e;
                [[fallthrough]];
            case event_kind::need_input:
                if (auto const said = more_tar()) return *said;
                break;
        }
    }
}

// Decompresses some more for the tar reader. Returns an event if that is not possible.
std::optional<event> archive_chain::more_tar() {
    partial_payload hold{collected_, collected_ ? tar_.entry_remaining() : 0};
    auto const step = expander_->next(hold);
    switch (step.status) {
        case expander_status::data: tar_.feed(step.data); return std::nullopt;
        case expander_status::need_input: return event{event_kind::need_input, {}};
        case expander_status::failed: return fail(expander_->failure());
        case expander_status::end: break;
    }
    expansion_ended_ = true;
    tar_.finish();
    return std::nullopt;
}

event archive_chain::fail(error why) {
    failure_ = std::move(why);
    return {event_kind::error, {}};
}

std::span<std::byte const> archive_chain::unread() const noexcept {
    if (expander_) return expander_->unread();
    return zip_ ? zip_->unread() : tar_.unread();
}

error const& archive_chain::failure() const noexcept {
    if (expander_) return failure_;
    return zip_ ? zip_->failure() : tar_.failure();
}

}  // namespace aisle::codec
