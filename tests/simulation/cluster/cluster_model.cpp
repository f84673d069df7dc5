// The cluster's state: maps, locations of objects, failing nodes.
#include "cluster_model.hpp"

#include <algorithm>

namespace aisle::simulation {

using namespace std::chrono_literals;

cluster_model::cluster_model(world_plan const& plan, contents& what, virtual_time& time, trace& tells)
    : plan_(plan), what_(what), time_(time), tells_(tells), dice_(dice(plan.seed).part(2)) {
    snapshot first;
    for (unsigned i = 0; i < plan.proxies; ++i) {
        proxy_node p;
        p.id = "p" + std::to_string(i);
        p.authority = "10.0.0." + std::to_string(i + 1) + ":51080";
        proxies_.push_back(std::move(p));
        first.proxies.push_back(1);
    }
    auto const all = plan.targets + plan.newcomers;
    for (unsigned i = 0; i < all; ++i) {
        target_node t;
        t.id = "t" + std::to_string(i);
        t.authority = "10.0.1." + std::to_string(i + 1) + ":51081";
        t.broken_until.resize(all);
        bool const member = i < plan.targets;
        if (!member) t.is = power::dead;
        targets_.push_back(std::move(t));
        first.targets.push_back(member ? 1 : 0);
        if (member) first.serving.push_back(i);
    }
    maps_.push_back(std::move(first));
    proxy_patience_ = dice_.chance(0.3) ? duration(0) : dice_.time(5s, 40s);
    longest_move_ = dice_.time_scale(500ms, 60s);
    for (auto& o : what_.objects) o->place = owner(*o, 0);
}

int cluster_model::owner(stored_object& o, std::size_t map) {
    if (o.owner_of_map == map) return o.owner;
    int best = -1;
    std::uint64_t most = 0;
    for (auto const t : maps_[map].serving)
        if (auto const score = mixed(o.hash ^ mixed(t)); best < 0 || score > most) {
            best = static_cast<int>(t);
            most = score;
        }
    o.owner_of_map = map;
    o.owner = best;
    return best;
}

void cluster_model::settle(stored_object& o) {
    if (o.moves_to < 0 || time_.now() < o.moves_at) return;
    o.place = o.moves_to;
    o.moves_to = -1;
}

bool cluster_model::lies_at(stored_object& o, int target) {
    settle(o);
    return o.is != substance::absent && o.cached && o.place == target;
}

void cluster_model::change_map(std::function<void(snapshot&)> const& change) {
    auto next = maps_.back();
    change(next);
    next.serving.clear();
    for (unsigned i = 0; i < next.targets.size(); ++i)
        if (next.targets[i] == 1) next.serving.push_back(i);
    if (next.serving.empty()) return;
    maps_.push_back(std::move(next));
    tells_.say(time_.passed(), "cluster: map v", maps_.size(), ", ", maps_.back().serving.size(),
               " targets serve, primary ", proxies_[maps_.back().primary].id);
    spread_map();
    if (maps_[maps_.size() - 2].proxies == maps_.back().proxies) {
        move_objects();
        abort_jobs();
    }
}

// docs/protocol.md, section 5: objects not yet moved read as missing.
void cluster_model::move_objects() {
    auto const now = time_.now();
    for (auto& o : what_.objects) {
        settle(*o);
        auto const to = owner(*o, maps_.size() - 1);
        if (o->moves_to >= 0 && o->moves_to == to) continue;
        bool const can_move = o->place >= 0 && targets_[static_cast<std::size_t>(o->place)].is == power::up;
        o->moves_to = can_move && to != o->place ? to : -1;
        o->moves_at = now + dice_.time(50ms, longest_move_);
    }
}

void cluster_model::spread_map() {
    auto const version = maps_.size() - 1;
    auto const give = [&](node& n, bool first) {
        auto const late = plan_.has(trouble::map_late) && dice_.chance(0.5) ? 3s : 50ms;
        auto const lag = first ? duration(0) : dice_.time(1ms, late);
        time_.after(lag, [this, &n, version] {
            // Dead or hung nodes get it when they return.
            if (n.is == power::up || n.is == power::starting) n.map = std::max(n.map, version);
        });
    };
    for (std::size_t i = 0; i < proxies_.size(); ++i) give(proxies_[i], i == maps_.back().primary);
    for (auto& t : targets_) give(t, false);
}

void cluster_model::abort_jobs() {
    ++jobs_;
    tells_.say(time_.passed(), "cluster: all jobs aborted");
}

void cluster_model::kill(node& n, bool black_hole) {
    if (n.is == power::dead) return;
    tells_.say(time_.passed(), n.id, " dies", black_hole ? ", machine and all" : "");
    n.is = power::dead;
    n.black_hole = black_hole;
    ++n.lives;
    for (auto& t : targets_)
        if (&t == &n) t.pending = 0;
    for (auto const& weak : std::exchange(n.connected, {}))
        if (auto const x = weak.lock(); x && x->at == &n && !x->closed() && !black_hole)
            finish(x, link_error(errc::connection_lost, stage::response, "reset"));
    for (auto& e : std::exchange(n.frozen, {})) time_.after(0s, std::move(e));
}

void cluster_model::stop(node& n) {
    if (n.is != power::up) return;
    tells_.say(time_.passed(), n.id, " hangs");
    n.is = power::hung;
}

void cluster_model::go_on(node& n) {
    if (n.is != power::hung) return;
    tells_.say(time_.passed(), n.id, " continues");
    n.is = power::up;
    time_.after(dice_.time(1ms, 500ms), [this, &n] { n.map = maps_.size() - 1; });
    move_objects();
    for (auto& e : std::exchange(n.frozen, {})) time_.after(dice_.time(0s, 20ms), std::move(e));
}

void cluster_model::start(node& n, duration starting) {
    if (n.is != power::dead) return;
    tells_.say(time_.passed(), n.id, " starts");
    n.is = power::starting;
    n.black_hole = false;
    time_.after(starting, [this, &n, life = n.lives] {
        if (n.lives != life || n.is != power::starting) return;
        tells_.say(time_.passed(), n.id, " is up");
        n.is = power::up;
        n.map = maps_.size() - 1;
        move_objects();
    });
}

// AIStore fetches a cold object once, however many requests there are.
void cluster_model::fetch_from_cloud(stored_object& o, int target, std::function<void()> then) {
    if (!o.warming) {
        o.warming = true;
        o.warm_at = time_.now() + dice_.time_scale(20ms, 3s);
    }
    time_.at(o.warm_at, [this, &o, target, then = std::move(then)] {
        o.warming = false;
        if (o.is != substance::absent && !o.cached) {
            o.cached = true;
            o.place = target;
            o.moves_to = -1;
            auto const to = owner(o, maps_.size() - 1);
            if (to != target) {
                o.moves_to = to;
                o.moves_at = time_.now() + longest_move_;
            }
        }
        then();
    });
}

// The time until this piece of work is done: one after another, and slower on a slow node.
duration cluster_model::work_of(target_node& t, duration usual) {
    auto const now = time_.now();
    auto const wait =
        duration(static_cast<std::int64_t>(static_cast<double>(usual.count()) * t.slow * dice_.scale(0.5, 2)));
    auto const own = duration(2us);
    t.busy_until = std::max(t.busy_until, now) + own;
    return std::max<duration>(wait, t.busy_until - now);
}

void cluster_model::remember(shared_exchange const& x, node& n) {
    if (n.connected.size() >= 64)
        std::erase_if(n.connected, [&](auto const& weak) {
            auto const other = weak.lock();
            return !other || other->closed() || other->at != &n;
        });
    n.connected.push_back(x);
    x->at = &n;
}

void cluster_model::release(exchange& x) {
    if (x.pending_at < 0) return;
    auto& t = targets_[static_cast<std::size_t>(std::exchange(x.pending_at, -1))];
    // A sick target notices a closed connection only when it has something to write.
    auto const after = x.closed() ? (t.sick ? duration(20s) : duration(50ms)) : duration(0);
    time_.after(after, [&t, life = x.pending_life] {
        if (t.lives == life && t.pending > 0) --t.pending;
    });
}

void cluster_model::leave(shared_exchange const& x) {
    auto* const to = std::exchange(x->to, nullptr);
    release(*x);
    x->to = to;
    x->at = nullptr;
}

void cluster_model::hang_up(shared_exchange const& x) {
    x->to = nullptr;
    x->at = nullptr;
    release(*x);
}

codec::cluster_map cluster_model::map_of(std::size_t version) const {
    auto const& from = maps_[version];
    codec::cluster_map out;
    out.version = version + 1;
    out.uuid = "modelled";
    for (std::size_t i = 0; i < proxies_.size(); ++i)
        if (from.proxies[i]) out.proxies.push_back({proxies_[i].id, "http://" + proxies_[i].authority, {}, false});
    for (std::size_t i = 0; i < targets_.size(); ++i)
        if (from.targets[i])
            out.targets.push_back({targets_[i].id, "http://" + targets_[i].authority, {}, from.targets[i] == 2});
    out.primary_url = "http://" + proxies_[from.primary].authority;
    std::ranges::sort(out.targets, {}, &codec::cluster_node::id);
    return out;
}

}  // namespace aisle::simulation
