// A Get-Batch as the designated target serves it. docs/protocol.md, sections 2 (timing facts), 2a and 5.
#include "assembly.hpp"

#include <deque>

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

constexpr auto max_wait = 20s;   // for a silent peer
constexpr unsigned max_gfn = 5;  // direct fetches of entries that a peer did not send
constexpr unsigned max_soft_errors = 8;
constexpr auto gfn_timeout = 40s;
constexpr auto broken_stream = 600s;   // after a member that is damaged at its sender
constexpr auto write_deadline = 30s;   // of one entry of a stream
constexpr auto abort_seen_after = 2s;  // by a target that waits for a peer

// Bytes that stay in the target's buffers until more follow.
constexpr std::uint64_t write_buffers = 6'000;
constexpr std::uint64_t compressors_buffer = 64'000;

// With header and padding of tar.
std::uint64_t on_the_wire(std::uint64_t payload) {
    return 512 + (payload + 511) / 512 * 512;
}

class assembly : public std::enable_shared_from_this<assembly> {
public:
    assembly(cluster_model& c, cluster_model::shared_exchange x, unsigned target)
        : c_(c),
          x_(std::move(x)),
          me_(target),
          life_(c.targets()[target].lives),
          jobs_(c.job_generation()),
          stopped_(c.targets().size()) {}

    void begin() {
        if (!x_->multipart) x_->to->began();
        next();
    }

private:
    using self = std::shared_ptr<assembly>;

    struct part {
        std::size_t position;
        arrival what;
        std::uint64_t payload;
        std::string words;
    };

    target_node& me() { return c_.targets()[me_]; }
    modelled_entry const& now_at() const { return *x_->asked[position_]; }

    // Schedules `what` in this life of the target; while it is hung, for when it continues.
    void later(duration wait, void (assembly::*what)()) {
        c_.time().after(wait, [me = shared_from_this(), what] { me->here(what); });
    }
    void here(void (assembly::*what)()) {
        if (!c_.works(x_, me(), life_, [me = shared_from_this(), what] { me->here(what); })) return;
        (this->*what)();
    }

    void next() { later(c_.work_of(me(), c_.plan().gap), &assembly::step); }

    void step() {
        if (jobs_ != c_.job_generation()) return abort();
        if (position_ == x_->asked.size()) return end_well();
        auto const& w = now_at();
        auto const owner = c_.owner(*w.of, x_->map);
        if (owner == static_cast<int>(me_)) return own(w);
        auto& sender = c_.targets()[static_cast<std::size_t>(owner)];
        bool const silent = me().sick || stopped_[static_cast<std::size_t>(owner)] || sender.is != power::up ||
                            me().broken_until[static_cast<std::size_t>(owner)] > c_.time().now();
        if (silent) return wait_for(sender);
        forwarded(w, owner);
    }

    // An entry that this target owns.
    void own(modelled_entry const& w) {
        if (w.of->is == substance::absent || !c_.lies_at(*w.of, static_cast<int>(me_)) || w.what == wanted::no_member)
            return own_missing(w);
        if (w.what == wanted::beyond)
            return end_short(refusal(400, "size=" + std::to_string(w.bytes) + ": not satisfiable range [..]",
                                     "ErrRangeNotSatisfiable"));
        switch (w.of->is) {
            case substance::garbage: return end_short(refusal(400, "unrecognized or unsupported file format"));
            case substance::unreadable: return end_short(refusal(400, "read o1: input/output error"));
            case substance::broken: return break_inside(w);
            default: return put(arrival::payload, size_of(w));
        }
    }

    void own_missing(modelled_entry const& w) {
        if (x_->strict) return end_short(refusal(404, w.of->name + " does not exist", "ErrNotFound"));
        ++soft_errors_;
        bool const last = position_ + 1 == x_->asked.size();
        put(arrival::placeholder, 0, w.of->name + " does not exist");
        if (soft_errors_ > max_soft_errors && !last) stop_after_ = true;
    }

    void forwarded(modelled_entry const& w, int owner) {
        auto const from = static_cast<std::size_t>(owner);
        if (w.of->is == substance::absent || !c_.lies_at(*w.of, owner) || w.what == wanted::no_member)
            return soft(w.of->name + " does not exist");
        if (w.what == wanted::beyond) {
            // The sender no longer serves this batch.
            stopped_[from] = true;
            return wait_for(c_.targets()[from]);
        }
        switch (w.of->is) {
            case substance::garbage: return soft("unrecognized or unsupported file format");
            case substance::unreadable: return soft("read o1: input/output error");
            case substance::broken:
                me().broken_until[from] = c_.time().now() + broken_stream;
                c_.abort_jobs();
                return abort();
            default: return put(arrival::payload, size_of(w));
        }
    }

    // A placeholder for an entry that another target could not send; also in strict mode.
    void soft(std::string words) {
        if (++soft_errors_ > max_soft_errors) return end_short(refusal(400, "exceeded soft-errors limit: 9 (max: 8)"));
        put(arrival::placeholder, 0, std::move(words));
    }

    void wait_for(target_node& sender) {
        c_.tells().say(c_.time().passed(), "x", x_->number, ": ", me().id, " waits for entry ", position_, " of ",
                       sender.id);
        waits_until_ = c_.time().now() + max_wait;
        wait_on();
    }
    void wait_on() {
        if (jobs_ != c_.job_generation()) return abort();
        auto const rest = waits_until_ - c_.time().now();
        if (rest > 0s) return later(std::min<duration>(rest, abort_seen_after), &assembly::wait_on);
        if (++gfns_ > max_gfn) return end_short(refusal(400, "hole at 5", "errHole"));
        fetch_from_neighbour();
    }

    // Ignores the range.
    void fetch_from_neighbour() {
        auto const& w = now_at();
        auto const owner = c_.owner(*w.of, x_->map);
        auto const& from = c_.targets()[static_cast<std::size_t>(owner)];
        if (from.is == power::hung) return later(gfn_timeout, &assembly::neighbour_is_silent);
        if (from.is != power::up) return end_short(refusal(400, "hole: connection refused", "ErrFailedTo"));
        if (w.of->is == substance::absent || !c_.lies_at(*w.of, owner) || w.what == wanted::no_member)
            return soft(w.of->name + " does not exist");
        if (w.of->is == substance::garbage || w.of->is == substance::broken || w.of->is == substance::unreadable)
            return end_short(refusal(400, "hole: failed GFN", "errHole"));
        put(w.has_range() ? arrival::other_bytes : arrival::payload, w.bytes);
    }
    void neighbour_is_silent() { end_short(refusal(400, "hole: i/o timeout", "errHole")); }

    static std::uint64_t size_of(modelled_entry const& w) { return w.has_range() ? w.range : w.bytes; }

    // The entry is in its place in the answer; bytes that leave the buffers go to the client.
    void put(arrival what, std::uint64_t payload, std::string words = {}) {
        buffered_ += on_the_wire(payload);
        parts_.push_back({position_, what, payload, x_->multipart ? std::move(words) : std::string()});
        ++position_;
        flush();
        if (stop_after_) return end_short(refusal(400, "exceeded soft-errors limit: 9 (max: 8)"));
        next();
    }

    void flush() {
        auto const stays = x_->multipart ? UINT64_MAX : x_->compressed ? compressors_buffer : write_buffers;
        while (!parts_.empty() && (ended_ || buffered_ > stays)) {
            // A part has reached the client when its last byte has left the buffer.
            auto const size = on_the_wire(parts_.front().payload);
            if (!ended_ && buffered_ - size < stays) break;
            buffered_ -= size;
            leaving_.push_back(std::move(parts_.front()));
            parts_.pop_front();
        }
        write();
    }

    void write() {
        if (writing_ || x_->closed()) return;
        if (leaving_.empty()) {
            if (ended_ && parts_.empty()) end_of_body();
            return;
        }
        writing_ = true;
        auto const& p = leaving_.front();
        auto const bytes = on_the_wire(p.payload);
        auto const takes = of_seconds(static_cast<double>(bytes) / x_->link.rate);
        if (!x_->multipart && takes > write_deadline) {
            c_.time().after(write_deadline, [me = shared_from_this()] {
                me->c_.finish(me->x_, link_error(errc::connection_lost, stage::response, "write deadline"));
            });
        }
        c_.send(x_, p.position, bytes, [me = shared_from_this()] { me->written(); });
    }
    void written() {
        writing_ = false;
        auto const p = std::move(leaving_.front());
        leaving_.pop_front();
        if (x_->closed()) return;
        x_->to->came(p.position, p.what, p.payload, p.words);
        if (!x_->closed()) write();
    }

    void end_well() {
        bool const alone = c_.newest().serving.size() == 1;
        later(alone ? duration(0) : c_.plan().tail, &assembly::end_now);
    }
    void end_short(error why) {
        if (x_->multipart) return c_.finish(x_, std::move(why));
        c_.tells().say(c_.time().passed(), "x", x_->number, ": ", me().id, " ends short at ", position_, ": ",
                       why.server_text);
        fault_ = error{errc::short_batch, stage::assemble, "the archive ended with fewer members"};
        later(c_.chance().chance(0.5) ? duration(0) : c_.plan().tail, &assembly::end_now);
    }
    // docs/protocol.md, section 5: 200, short; multipart 400 before it is assembled, 200 with a part of it after.
    void abort() {
        if (x_->multipart && c_.chance().chance(0.5)) return c_.finish(x_, refusal(400, "aborted: user abort"));
        fault_ = error{errc::short_batch, stage::assemble, "the archive ended with fewer members"};
        end_now();
    }
    void break_inside(modelled_entry const& w) {
        if (x_->multipart) return c_.finish(x_, refusal(400, "unexpected EOF"));
        breaks_inside_ = on_the_wire(w.bytes) / 2;
        fault_ = error{errc::truncated_archive, stage::archive, "the archive ended inside a member"};
        later(c_.plan().tail, &assembly::end_now);
    }

    void end_now() {
        if (x_->multipart) x_->to->began();
        if (x_->closed()) return;
        ended_ = true;
        flush();
    }
    void end_of_body() {
        if (breaks_inside_ == 0) return c_.finish(x_, fault_);
        auto const rest = std::exchange(breaks_inside_, 0);
        writing_ = true;
        c_.send(x_, position_, rest, [me = shared_from_this()] { me->c_.finish(me->x_, me->fault_); });
    }

    cluster_model& c_;
    cluster_model::shared_exchange x_;
    unsigned me_;
    unsigned life_;
    unsigned jobs_;
    std::vector<char> stopped_;  // by sender: it no longer serves this batch
    std::size_t position_ = 0;
    unsigned soft_errors_ = 0;
    unsigned gfns_ = 0;
    time_point waits_until_{};
    bool stop_after_ = false;
    std::uint64_t breaks_inside_ = 0;
    std::optional<error> fault_;
    std::deque<part> parts_;  // in the target's buffers
    std::uint64_t buffered_ = 0;
    std::deque<part> leaving_;  // on the wire
    bool writing_ = false;
    bool ended_ = false;
};

}  // namespace

void assemble(cluster_model& cluster, cluster_model::shared_exchange x, unsigned target) {
    std::make_shared<assembly>(cluster, std::move(x), target)->begin();
}

}  // namespace aisle::simulation
