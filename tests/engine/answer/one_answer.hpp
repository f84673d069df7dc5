#pragma once

#include <answer/entry_listener.hpp>
#include <answer/sample_assembler.hpp>
#include <batch/batch_ledger.hpp>
#include <batch/batch_machine.hpp>
#include <memory>
#include <span>
#include <support/blocks.hpp>
#include <utility>
#include <vector>

namespace aisle::test {

struct reading_options : detail::assembler_options {
    on_missing missing = on_missing::skip;
};

/// A batch that is requested once, completely, by the test: the server's answer is final.
class one_answer : detail::entry_listener {
public:
    one_answer(std::shared_ptr<batch const> of, std::uint64_t number, reading_options const& how, slab_pool& pool)
        : ledger(of, number),
          cluster_({http::parse_url("http://p").value()}, 1, 0),
          machine_(
              cluster_, of, rules_of(how), [] { return 0.5; }, now),
          assembler(of, number, *this, ask(), how, pool) {
        take();
    }
    one_answer(one_answer const&) = delete;
    one_answer& operator=(one_answer const&) = delete;

    result<void> decode(detail::response_decoder& decoder, slab_ref const& in) {
        auto ok = detail::decode_samples(decoder, assembler, in);
        take();
        return ok;
    }
    /// The same for pieces in `in`, as the engine reads them from a socket.
    result<void> decode(detail::response_decoder& decoder, std::span<std::span<std::byte> const> pieces,
                        slab_ref const& in) {
        auto ok = detail::decode_samples(decoder, assembler, pieces, in);
        take();
        return ok;
    }
    /// Moves the entries answered so far to samples.
    void take() {
        machine_.progressed(id_, assembler.position(), now);
        act();
        for (auto& s : samples_of(ledger.take_fresh())) samples.push_back(std::move(s));
    }
    /// The answer has ended without error: its bad entries fail one by one.
    void end() { end_with({}); }
    /// The answer was cut.
    void end(error const& why) {
        // The machine ignores what follows once everything is answered; here it is read to its end.
        if (answered()) ledger.report().fault = why;
        end_with(why);
    }
    bool answered() const noexcept { return machine_.answered(); }

    detail::batch_ledger ledger;

private:
    static constexpr detail::batch_machine::time_point now{std::chrono::hours(1)};

    static detail::batch_rules rules_of(reading_options const& how) {
        detail::batch_rules out;
        out.cont_on_err = how.cont_on_err;
        out.missing = how.missing;
        out.hedging = false;
        out.retry = no_retry;
        return out;
    }

    bool is_open(std::uint32_t entry) const override { return machine_.is_open(entry); }
    void deliver(std::uint32_t entry, std::shared_ptr<detail::answer const> const& by, segments& bytes,
                 slab_ref const& in) override {
        if (machine_.delivered(id_, entry, now)) ledger.deliver(entry, by, bytes, in);
    }
    void missing(std::uint32_t entry, error why) override { machine_.claimed_missing(id_, entry, std::move(why), now); }
    void bad_payload(std::uint32_t entry, error why) override { machine_.bad_payload(id_, entry, std::move(why)); }

    detail::entry_indices ask() {
        auto asked = act();
        machine_.sent(id_, cluster_.proxies.current(), now);
        machine_.redirected(id_, "t:1", now);
        return asked;
    }
    // The entries of the one request, when it is sent.
    detail::entry_indices act() {
        detail::entry_indices asked;
        detail::batch_surroundings s;
        s.now = now;
        s.room_bytes = s.own_bytes = s.part_bytes = std::size_t{1} << 40;
        while (auto a = machine_.next(s)) {
            if (a->what == detail::batch_action::kind::refuse) {
                ledger.refuse(a->entry, a->status, std::move(a->why));
            } else if (a->what == detail::batch_action::kind::ask) {
                id_ = a->id;
                asked = std::move(a->entries);
            }
        }
        return asked;
    }
    void end_with(std::optional<error> const& fault) {
        machine_.ended(id_, fault, {}, {}, now);
        if (machine_.fault() && !ledger.report().fault) ledger.report().fault = machine_.fault();
        take();
    }

    detail::cluster_state cluster_;
    detail::batch_machine machine_;
    std::uint32_t id_ = 0;

public:
    detail::sample_assembler assembler;
    std::vector<sample> samples;
};

}  // namespace aisle::test
