// A plain GET as the owner serves it. docs/protocol.md, sections 2a and 7.
#include "object_get.hpp"

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

class object_get : public std::enable_shared_from_this<object_get> {
public:
    object_get(cluster_model& c, cluster_model::shared_exchange x, unsigned target)
        : c_(c), x_(std::move(x)), me_(target), life_(c.targets()[target].lives) {}

    void begin() { later(c_.work_of(me(), 200us), &object_get::find); }

private:
    target_node& me() { return c_.targets()[me_]; }
    modelled_entry const& what() const { return *x_->asked.front(); }

    void later(duration wait, void (object_get::*step)()) {
        c_.time().after(wait, [self = shared_from_this(), step] { self->here(step); });
    }
    void here(void (object_get::*step)()) {
        if (!c_.works(x_, me(), life_, [self = shared_from_this(), step] { self->here(step); })) return;
        (this->*step)();
    }
    void refuse(int status, std::string words, std::string code = {}) {
        c_.tells().say(c_.time().passed(), "x", x_->number, ": ", me().id, " answers ", status, ' ', words);
        c_.finish(x_, refusal(status, std::move(words), std::move(code)));
    }

    void find() {
        auto& o = *what().of;
        if (c_.lies_at(o, static_cast<int>(me_))) return serve();
        if (o.in_cloud && !o.cached)
            return c_.fetch_from_cloud(o, static_cast<int>(me_),
                                       [self = shared_from_this()] { self->here(&object_get::serve); });
        // While objects move, the owner may find one on its neighbours, or not.
        if (o.is != substance::absent && c_.chance().chance(0.5)) return later(5ms, &object_get::serve);
        absent();
    }
    void absent() { refuse(404, what().of->bucket + "/" + what().of->name + " does not exist", "ErrNotFound"); }

    void serve() {
        auto const& w = what();
        if (w.of->is == substance::absent || w.what == wanted::no_member) return absent();
        if (w.what == wanted::beyond)
            return refuse(416, "size=" + std::to_string(w.bytes) + ": not satisfiable range [..]",
                          "ErrRangeNotSatisfiable");
        switch (w.of->is) {
            case substance::garbage: return refuse(400, "unrecognized or unsupported file format");
            case substance::unreadable: return refuse(500, "read o1: input/output error");
            case substance::broken: return send(w.bytes / 2, true);
            default: break;
        }
        // A member is sent whole, whatever the range.
        auto const size = w.what == wanted::range ? w.range : w.bytes;
        send(size - (w.is_member() ? 0 : std::min(size, x_->from)), false);
    }

    void send(std::uint64_t bytes, bool breaks) {
        x_->to->began();
        if (x_->closed()) return;
        c_.send(x_, 0, bytes, [self = shared_from_this(), breaks] {
            auto const& w = self->what();
            if (breaks) {
                auto cut = link_error(errc::truncated_body, stage::response, "the body ended early");
                cut.offset = self->x_->sent;
                return self->c_.finish(self->x_, std::move(cut));
            }
            self->x_->to->came(0, arrival::payload, w.has_range() ? w.range : w.bytes, {});
            self->c_.finish(self->x_, {});
        });
    }

    cluster_model& c_;
    cluster_model::shared_exchange x_;
    unsigned me_;
    unsigned life_;
};

}  // namespace

void get_object(cluster_model& cluster, cluster_model::shared_exchange x, unsigned target) {
    std::make_shared<object_get>(cluster, std::move(x), target)->begin();
}

}  // namespace aisle::simulation
