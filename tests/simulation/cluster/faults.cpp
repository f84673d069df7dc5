#include "faults.hpp"

#include <algorithm>
#include <cmath>

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

class planner {
public:
    planner(world_plan const& plan, cluster_model& cluster, losses& lost)
        : plan_(plan), c_(cluster), lost_(lost), dice_(dice(plan.seed).part(4)), begin_(cluster.time().now()) {}

    void plan() {
        sick();
        each(trouble::slow_target, 1, [this](duration) {
            // At most half a second per entry.
            a_target().slow = std::min(dice_.scale(3, 300), 0.5 / seconds(plan_.gap));
        });
        each(trouble::target_dies, 3, [this](duration at) { target_dies(at, false); });
        each(trouble::target_restarts, 2, [this](duration at) { target_dies(at, true); });
        each(trouble::target_hangs, 3, [this](duration at) { target_hangs(at); });
        each(trouble::target_lost, 1, [this](duration at) { target_lost(at); });
        each(trouble::joins, 1, [this](duration at) { joins(at); });
        each(trouble::leaves, 1, [this](duration at) { leaves(at); });
        each(trouble::aborts, 6, [this](duration at) { then(at, [this] { c_.abort_jobs(); }); });
        each(trouble::proxy_dies, 2, [this](duration at) { proxy_goes(at, true); });
        each(trouble::proxy_hangs, 2, [this](duration at) { proxy_goes(at, false); });
        each(trouble::proxy_fails, 3, [this](duration at) { proxy_fails(at); });
        each(trouble::overload, 6, [this](duration at) { overload(at); });
        each(trouble::full_targets, 6, [this](duration at) { full(at); });
        if (plan_.has(trouble::starting))
            c_.starts_until(begin_ + dice_.time(100ms, std::min<duration>(plan_.calm, 20s)));
        if (plan_.has(trouble::denied)) then(dice_.time(0s, plan_.calm), [this] { c_.deny(); });
    }

private:
    // Up to `most` times, early enough to be repaired.
    template <class F>
    void each(trouble t, unsigned most, F what) {
        if (!plan_.has(t)) return;
        for (auto left = dice_.number(1, most); left > 0; --left) {
            // Most requests of a world are in its first seconds.
            auto const span = dice_.chance(0.7) ? std::min<duration>(plan_.calm, 2s) : plan_.calm;
            what(dice_.time(0s, span));
        }
    }
    void then(duration at, virtual_time::event what) { c_.time().at(begin_ + at, std::move(what)); }
    duration until_calm(duration at, duration low, duration high) {
        return std::min<duration>(at + dice_.time_scale(low, high), plan_.calm);
    }

    target_node& a_target() { return c_.targets()[index_of_target()]; }
    unsigned index_of_target() { return static_cast<unsigned>(dice_.below(plan_.targets)); }
    bool is_lost(unsigned t) const { return lost_.targets.contains(static_cast<int>(t)); }

    void put(unsigned target, char state) {
        c_.change_map([target, state](cluster_model::snapshot& s) { s.targets[target] = state; });
    }

    // At least one target assembles batches well.
    void sick() {
        if (!plan_.has(trouble::sick)) return;
        auto const most = static_cast<unsigned>(std::lround(plan_.sick_share * plan_.targets));
        for (unsigned i = 0; i < std::clamp(most, 1u, plan_.targets - 1); ++i) c_.targets()[i].sick = true;
    }
    void may_be_sick(target_node& t) {
        unsigned well = 0;
        for (auto const& other : c_.targets()) well += !other.sick && other.is == power::up;
        if (well > 1 && dice_.chance(0.6)) t.sick = true;
    }

    // The other nodes notice after a while (keep-alive); when it is back, it is in the map again.
    void target_dies(duration at, bool comes_back_alone) {
        auto const i = index_of_target();
        if (is_lost(i)) return;
        auto const back = until_calm(at, 500ms, comes_back_alone ? 3s : 60s);
        auto const noticed = at + dice_.time(3s, 15s);
        auto const starting = dice_.time(200ms, 4s);
        bool const black_hole = !comes_back_alone && dice_.chance(0.3);
        bool const is_noticed = noticed < back && plan_.targets > 1;
        auto& t = c_.targets()[i];
        then(at, [this, &t, black_hole] { c_.kill(t, black_hole); });
        if (is_noticed)
            then(noticed, [this, i, &t] {
                if (t.is == power::dead) put(i, 0);
            });
        then(back, [this, &t, starting] { c_.start(t, starting); });
        then(back + starting + 1ms, [this, i, &t, comes_back_alone] {
            // It joins again in any case, and catches up with the objects moved meanwhile.
            if (t.is == power::up && c_.newest().targets[i] != 2) put(i, 1);
            if (comes_back_alone) may_be_sick(t);
        });
    }

    void target_hangs(duration at) {
        auto const i = index_of_target();
        if (is_lost(i)) return;
        auto const back = until_calm(at, 500ms, 60s);
        auto const noticed = at + dice_.time(8s, 20s);
        bool const is_noticed = noticed < back && plan_.targets > 1 && dice_.chance(0.7);
        auto& t = c_.targets()[i];
        then(at, [this, &t] { c_.stop(t); });
        if (is_noticed)
            then(noticed, [this, i, &t] {
                if (t.is == power::hung) put(i, 0);
            });
        then(back, [this, &t] { c_.go_on(t); });
        then(back + dice_.time(50ms, 2s), [this, i, &t] {
            if (t.is == power::up && c_.newest().targets[i] != 2) put(i, 1);
        });
    }

    void target_lost(duration at) {
        if (plan_.targets < 2) return;
        auto const i = index_of_target();
        lost_.targets.insert(static_cast<int>(i));
        bool const black_hole = dice_.chance(0.5);
        then(at, [this, i, black_hole] { c_.kill(c_.targets()[i], black_hole); });
        then(at + dice_.time(3s, 15s), [this, i] { put(i, 0); });
    }

    void joins(duration at) {
        for (unsigned n = 0; n < plan_.newcomers; ++n) {
            auto const i = plan_.targets + n;
            auto& t = c_.targets()[i];
            auto const starting = dice_.time(200ms, 3s);
            then(at, [this, &t, starting] { c_.start(t, starting); });
            then(at + starting + 1ms, [this, i, &t] {
                put(i, 1);
                may_be_sick(t);
            });
            at += dice_.time(0s, 3s);
        }
    }

    void leaves(duration at) {
        if (plan_.targets < 2) return;
        auto const i = index_of_target();
        if (is_lost(i)) return;
        then(at, [this, i] {
            // At least one must serve.
            for (auto const t : c_.newest().serving)
                if (t != i && !is_lost(t)) return put(i, 2);
        });
        if (dice_.chance(0.6))
            then(until_calm(at, 1s, 60s), [this, i] {
                if (c_.newest().targets[i] == 2) put(i, 1);
            });
    }

    // The others elect a new primary; when it is back, it has to join again first.
    void proxy_goes(duration at, bool dies) {
        auto const i = dice_.chance(0.7) ? 0u : static_cast<unsigned>(dice_.below(plan_.proxies));
        auto& p = c_.proxies()[i];
        auto const back = until_calm(at, 300ms, 60s);
        auto const elected = at + dice_.time(3s, 12s);
        auto const rejoins = dice_.time(100ms, 10s);
        bool const black_hole = dice_.chance(0.3);
        then(at, [this, &p, dies, black_hole] { dies ? c_.kill(p, black_hole) : c_.stop(p); });
        if (elected < back && plan_.proxies > 1) {
            then(elected, [this, i, &p] {
                if (p.is != power::dead && p.is != power::hung) return;
                c_.change_map([&](cluster_model::snapshot& s) {
                    s.proxies[i] = 0;
                    for (unsigned k = 0; k < c_.proxies().size(); ++k)
                        if (c_.proxies()[k].is == power::up) s.primary = k;
                });
            });
            then(back + rejoins, [this, i] {
                if (c_.newest().proxies[i] == 0) c_.change_map([i](cluster_model::snapshot& s) { s.proxies[i] = 1; });
            });
        }
        then(back, [this, i, &p, dies, rejoins] {
            if (dies)
                c_.start(p, std::min<duration>(rejoins, 3s));
            else
                c_.go_on(p);
            if (c_.newest().proxies[i] == 0) p.outcast_until = c_.time().now() + rejoins;
        });
    }

    void proxy_fails(duration at) {
        auto& p = c_.proxies()[dice_.below(plan_.proxies)];
        auto const until = begin_ + until_calm(at, 100ms, 30s);
        then(at, [&p, until] { p.fails_until = until; });
    }

    void overload(duration at) {
        auto const until = begin_ + until_calm(at, 20ms, 5s);
        then(at, [this, until] { c_.overload_until(until); });
    }

    // Work items of other clients.
    void full(duration at) {
        auto& t = a_target();
        auto const until = until_calm(at, 20ms, 30s);
        if (dice_.chance(0.4)) {
            then(at, [this, &t, until] { t.loaded_until = begin_ + until; });
            return;
        }
        auto const items = dice_.number(60, 300);
        then(at, [this, &t, items, until] {
            t.pending += items;
            then(until, [&t, items, life = t.lives] { t.pending -= std::min(t.lives == life ? items : 0, t.pending); });
        });
    }

    world_plan const& plan_;
    cluster_model& c_;
    losses& lost_;
    dice dice_;
    time_point begin_;
};

}  // namespace

void plan_faults(world_plan const& plan, cluster_model& cluster, losses& lost) {
    // Lives as long as the events that it schedules.
    auto const p = std::make_shared<planner>(plan, cluster, lost);
    p->plan();
    cluster.time().at(cluster.time().now() + 24h, [p] {});
}

}  // namespace aisle::simulation
