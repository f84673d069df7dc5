// How the cluster's nodes answer: the proxy's hop, the target's head, bytes in transit.
#include "assembly.hpp"
#include "cluster_model.hpp"
#include "object_get.hpp"

#include <algorithm>

namespace aisle::simulation {

using namespace std::chrono_literals;
using at_hop = link_fate::at_hop;

namespace {

// The client's, not the cluster's: engine_options::connect_timeout.
constexpr auto connect_timeout = 10s;

}  // namespace

bool cluster_model::works(shared_exchange const& x, node& n, unsigned life, virtual_time::event again) {
    if (x->closed() || n.lives != life) return false;
    if (n.is != power::hung) return true;
    n.frozen.push_back(std::move(again));
    return false;
}

void cluster_model::finish(shared_exchange const& x, std::optional<error> fault, int named) {
    if (x->closed()) return;
    auto* const to = x->to;
    release(*x);
    x->to = nullptr;
    x->at = nullptr;
    to->over(std::move(fault), named);
}

// From the client's first packet to the time at which the node reads the request.
void cluster_model::connect(shared_exchange x, node& n, at_hop fate, virtual_time::event then) {
    x->at = nullptr;
    time_.after(plan_.hop, [this, x = std::move(x), &n, fate, then = std::move(then)]() mutable {
        if (x->closed()) return;
        bool const no_route = fate == at_hop::no_route || (n.is == power::dead && n.black_hole);
        if (no_route) {
            time_.after(connect_timeout, [this, x] {
                finish(x, link_error(errc::connect_timeout, stage::connect, "no connection in time"));
            });
            return;
        }
        if (fate == at_hop::refused || n.is == power::dead)
            return finish(x, link_error(errc::connect_failed, stage::connect, "connection refused"));
        if (fate == at_hop::lost_before) return finish(x, link_error(errc::connection_lost, stage::response, "reset"));
        remember(x, n);
        if (n.is == power::hung)
            n.frozen.push_back([this, x, &n, life = n.lives, then = std::move(then)] {
                if (!x->closed() && n.lives == life) then();
            });
        else
            then();
    });
}

void cluster_model::ask_proxy(shared_exchange x, unsigned proxy) {
    auto& p = proxies_[proxy];
    auto const fate = std::exchange(x->link.to_proxy, at_hop::passes);
    bool const loses_answer = fate == at_hop::lost_after;
    connect(x, p, fate, [this, x, &p, loses_answer, life = p.lives] {
        time_.after(dice_.time(100us, 2ms), [this, x, &p, loses_answer, life] {
            if (!works(x, p, life, [this, x, &p] { answer_of_proxy(x, p); })) return;
            if (loses_answer) return finish(x, link_error(errc::connection_lost, stage::response, "reset"));
            answer_of_proxy(x, p);
        });
    });
}

std::optional<error> cluster_model::refused_by_proxy(exchange const& x, proxy_node const& p) {
    auto const now = time_.now();
    if (denied_) return refusal(401, "token required");
    if (p.is == power::starting || now < starts_until_) {
        if (dice_.chance(0.5)) return refusal(503, "cluster is starting up");
        return refusal(400, "cannot handle bucket request: Smap v0[..]");
    }
    if (now < p.fails_until) return refusal(dice_.chance(0.5) ? 500 : 502, "internal");
    for (auto const* w : x.asked) {
        if (w->what == wanted::no_bucket)
            return refusal(404, "bucket \"" + w->of->bucket + "\" does not exist", "ErrBckNotFound");
        if (w->what == wanted::denied_bucket) return refusal(403, w->of->bucket + ": access forbidden");
        if (w->what == wanted::refused) return refusal(400, "illegal something in the request");
    }
    if (now < overloaded_until_ && dice_.chance(0.7))
        return dice_.chance(0.7) ? refusal(429, "too many requests", "ErrTooManyRequests") : refusal(503, "overloaded");
    return {};
}

void cluster_model::answer_of_proxy(shared_exchange const& x, proxy_node& p) {
    if (x->closed()) return;
    if (auto no = refused_by_proxy(*x, p)) {
        tells_.say(time_.passed(), "x", x->number, ": ", p.id, " answers ", no->http_status, ' ', no->server_text);
        return finish(x, std::move(no));
    }
    x->map = p.map;
    if (x->plain()) {
        auto const to = owner(*x->asked.front()->of, p.map);
        return redirect(x, static_cast<unsigned>(to));
    }
    auto const& serving = maps_[p.map].serving;
    register_at(x, p, serving[dice_.below(serving.size())]);
}

// Before it redirects, the proxy informs the target of the work item, in a request of its own.
void cluster_model::register_at(shared_exchange const& x, proxy_node& p, unsigned target) {
    auto& t = targets_[target];
    if (x->closed()) return;
    auto const failed = [this, x](char const* how) {
        finish(x, refusal(400, std::string("failed to call t: ") + how, "ErrFailedTo"));
    };
    if (t.is == power::dead) {
        if (!t.black_hole) return failed("connection refused");
        time_.after(dice_.time(2s, 10s), [failed] { failed("i/o timeout"); });
        return;
    }
    if (t.is == power::hung) {
        tells_.say(time_.passed(), "x", x->number, ": ", p.id, " waits for ", t.id);
        auto const done = std::make_shared<bool>(false);
        t.frozen.push_back([this, x, &p, target, done] {
            if (!std::exchange(*done, true)) register_at(x, p, target);
        });
        if (proxy_patience_.count() > 0)
            time_.after(proxy_patience_, [failed, done] {
                if (!std::exchange(*done, true)) failed("context deadline exceeded");
            });
        return;
    }
    if (auto no = refused_by_target(t, p)) {
        tells_.say(time_.passed(), "x", x->number, ": ", t.id, " refuses: ", no->http_status, ' ', no->server_text);
        return finish(x, std::move(no), no->http_status == 429 ? static_cast<int>(target) : -1);
    }
    bool const hesitates = t.pending >= hesitating_mark;
    ++t.pending;
    x->pending_at = static_cast<int>(target);
    x->pending_life = t.lives;
    x->jobs = jobs_;
    time_.after(hesitates ? dice_.time(1ms, 100ms) : dice_.time(50us, 500us), [this, x, target] {
        if (!x->closed()) redirect(x, target);
    });
}

std::optional<error> cluster_model::refused_by_target(target_node const& t, proxy_node const& p) {
    auto const now = time_.now();
    if (t.is == power::starting) {
        if (dice_.chance(0.5)) return refusal(503, t.id + " is starting up");
        return refusal(400, "cannot handle bucket request: Smap v0[..]");
    }
    if (now < p.outcast_until)
        return refusal(409, "t[" + t.id + "]: sender ID (p[" + p.id + "]) not present in the local Smap v109");
    if (t.map != p.map && dice_.chance(0.7))
        return refusal(dice_.chance(0.7) ? 409 : 400, t.id + ": different Smap versions");
    if (t.pending >= refusing_mark || now < t.loaded_until) {
        auto no = refusal(429, "x-get-batch[..]: wid=.. rejected: pending=" + std::to_string(t.pending),
                          "ErrTooManyRequests");
        return no;
    }
    return {};
}

void cluster_model::redirect(shared_exchange const& x, unsigned target) {
    x->at = nullptr;
    tells_.say(time_.passed(), "x", x->number, ": redirected to ", targets_[target].id);
    x->to->redirected(target);
}

void cluster_model::follow(shared_exchange x, unsigned target) {
    auto& t = targets_[target];
    auto const fate = std::exchange(x->link.to_target, at_hop::passes);
    if (fate == at_hop::lost_after) x->link.cut_after = 0;
    auto const life = x->pending_at < 0 ? t.lives : x->pending_life;
    connect(x, t, fate, [this, x, target, life, jobs = x->jobs] { serve(x, target, life, jobs); });
}

void cluster_model::serve(shared_exchange const& x, unsigned target, unsigned life, unsigned jobs) {
    auto& t = targets_[target];
    if (t.is == power::starting) return finish(x, refusal(503, t.id + " is starting up"));
    if (x->plain()) return get_object(*this, x, target);
    if (t.lives != life || jobs != jobs_)
        return finish(
            x, refusal(404, t.id + ": wid=\"w" + std::to_string(x->number) + "\" (prep-rx not done?) does not exist",
                       "ErrNotFound"));
    assemble(*this, x, target);
}

void cluster_model::send(shared_exchange const& x, std::size_t position, std::uint64_t bytes,
                         std::function<void()> then) {
    // Large ones arrive in enough pieces to show progress.
    auto const pieces = std::clamp<std::uint64_t>(bytes >> 20, 1, 16);
    send_piece(x, position, bytes, (bytes + pieces - 1) / pieces, std::move(then));
}

void cluster_model::send_piece(shared_exchange const& x, std::size_t position, std::uint64_t left, std::uint64_t piece,
                               std::function<void()> then) {
    auto& link = x->link;
    auto const limit = std::min({link.cut_after, link.damage_after, link.stall_after});
    auto const count = std::min({piece, left, limit - std::min(limit, x->sent)});
    time_.after(of_seconds(static_cast<double>(count) / link.rate),
                [this, x, position, left, piece, count, then = std::move(then)]() mutable {
                    if (x->closed()) return;
                    x->sent += count;
                    if (count > 0) x->to->bytes(position, count);
                    if (x->closed()) return;
                    auto& l = x->link;
                    if (x->sent >= l.stall_after) {
                        l.stall_after = link_fate::never;
                        tells_.say(time_.passed(), "x", x->number, ": the link stalls for ", seconds(l.stall), " s");
                        if (l.stall.count() == 0) return;
                        time_.after(l.stall, [this, x, position, left, piece, count, then = std::move(then)] {
                            if (!x->closed()) send_piece(x, position, left - count, piece, then);
                        });
                        return;
                    }
                    if (x->sent >= l.cut_after) {
                        auto cut = link_error(dice_.chance(0.5) ? errc::connection_lost : errc::truncated_body,
                                              stage::response, "cut");
                        cut.offset = x->sent;
                        return finish(x, std::move(cut));
                    }
                    if (x->sent >= l.damage_after)
                        return finish(x, dice_.chance(0.5) || x->plain()
                                             ? link_error(errc::bad_http, stage::response, "damaged chunk")
                                             : link_error(errc::bad_archive, stage::archive, "damaged header"));
                    if (left == count) return then();
                    send_piece(x, position, left - count, piece, std::move(then));
                });
}

void cluster_model::small_question(unsigned proxy, std::function<void(std::optional<error>)> answer) {
    auto& p = proxies_[proxy];
    time_.after(plan_.hop + dice_.time(100us, 1ms), [this, &p, answer = std::move(answer)] {
        if (p.is == power::dead) {
            if (!p.black_hole) return answer(link_error(errc::connect_failed, stage::connect, "connection refused"));
            time_.after(connect_timeout, [answer] {
                answer(link_error(errc::connect_timeout, stage::connect, "no connection in time"));
            });
            return;
        }
        if (p.is == power::hung) {
            p.frozen.push_back([&p, answer, life = p.lives] {
                if (p.lives == life)
                    answer({});
                else
                    answer(link_error(errc::connection_lost, stage::response, "reset"));
            });
            return;
        }
        if (denied_) return answer(refusal(401, "token required"));
        if (p.is == power::starting) return answer(refusal(503, "starting up"));
        if (time_.now() < p.fails_until) return answer(refusal(500, "internal"));
        answer({});
    });
}

void cluster_model::ask_map(unsigned proxy,
                            std::function<void(std::optional<codec::cluster_map>, std::optional<error>)> answer) {
    bool const fails = time_.passed() < plan_.calm && dice_.chance(plan_.map_fail_chance);
    auto const how = fails ? dice_.number(0, 2) : 3;
    small_question(proxy, [this, proxy, how, answer = std::move(answer)](std::optional<error> no) {
        if (no) return answer({}, std::move(no));
        if (how == 0) return answer({}, link_error(errc::connection_lost, stage::response, "reset"));
        if (how == 1) return answer({}, refusal(503, "starting up"));
        if (how == 2) return;  // no answer
        answer(map_of(proxies_[proxy].map), {});
    });
}

void cluster_model::ask_health(unsigned proxy, std::function<void(bool)> answer) {
    small_question(proxy, [answer = std::move(answer)](std::optional<error> no) { answer(!no); });
}

void cluster_model::ask_bucket(unsigned proxy, std::string const& bucket,
                               std::function<void(std::optional<bool>, std::optional<error>)> answer) {
    bool const fails = time_.passed() < plan_.calm && dice_.chance(plan_.map_fail_chance);
    small_question(proxy, [fails, bucket, answer = std::move(answer)](std::optional<error> no) {
        if (!no && fails) no = refusal(503, "starting up");
        if (no) return answer({}, std::move(no));
        answer(bucket != "ais://plain", {});
    });
}

}  // namespace aisle::simulation
