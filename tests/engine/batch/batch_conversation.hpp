#pragma once

#include <catch2/catch.hpp>

#include <algorithm>
#include <batch/batch_machine.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aisle::test {

/// Objects of 1,000,000 bytes each, with expected sizes.
inline std::shared_ptr<batch const> megabytes(std::uint32_t count) {
    batch b{"ais://b"};
    for (std::uint32_t i = 0; i < count; ++i) b.add("o" + std::to_string(i), {.expected_size = 1'000'000});
    return std::make_shared<batch const>(std::move(b));
}

inline std::shared_ptr<batch const> objects(std::uint32_t count, std::string bucket = "ais://b") {
    batch b(std::move(bucket));
    for (std::uint32_t i = 0; i < count; ++i) b.add("o" + std::to_string(i), {.expected_size = 1000});
    return std::make_shared<batch const>(std::move(b));
}

/// A conversation with a batch_machine: the test reports events, the machine returns actions. Time passes only in
/// pass().
///
/// does() returns the machine's actions since the last call, in order, separated by "; ":
///   "get 1: 0-3"     request 1 for these entries, in the form the options name; "stream 1: .." and "plain 1: .."
///   "again 1: .."    get, by another proxy: a hedge
///   "drop 1", "missing 2", "failed 2", "map", "bucket ais://b"
class conversation {
public:
    using milliseconds = std::chrono::milliseconds;

    explicit conversation(std::shared_ptr<batch const> of, detail::batch_rules rules = {}, unsigned proxies = 1)
        : conversation(std::make_shared<detail::cluster_state>(urls(proxies), 64, 32), std::move(of), std::move(rules),
                       start) {
        cluster.backends["ais://b"] = false;
    }
    /// With another batch of the same shard.
    conversation(conversation& beside, std::shared_ptr<batch const> of, detail::batch_rules rules = {})
        : conversation(beside.shared_, std::move(of), std::move(rules), beside.now) {}
    conversation(std::shared_ptr<detail::cluster_state> state, std::shared_ptr<batch const> of,
                 detail::batch_rules rules, detail::batch_machine::time_point at)
        : now(at),
          shared_(std::move(state)),
          cluster(*shared_),
          machine(cluster, std::move(of), std::move(rules), [this] { return draw; }, now) {
        around.room_bytes = around.own_bytes = std::size_t{1} << 30;
        around.part_bytes = std::size_t{1} << 30;
        around.typical_bytes = 1000;
    }
    conversation(conversation const&) = delete;
    conversation& operator=(conversation const&) = delete;

    static std::vector<http::url> urls(unsigned count) {
        std::vector<http::url> out;
        for (unsigned i = 1; i <= count; ++i) out.push_back(http::parse_url("http://p" + std::to_string(i)).value());
        return out;
    }

    // ---- actions of the machine

    std::string does() {
        act();
        return std::exchange(done_, {});
    }
    /// Lets time pass without events; the machine runs whenever it asked to.
    void pass(milliseconds time) {
        auto const end = now + time;
        for (act(); machine.wake() <= end; act()) {
            REQUIRE(++turns < 1'000'000);
            now = std::max(now, machine.wake());
        }
        now = end;
        act();
    }
    std::string does_after(milliseconds time) {
        pass(time);
        return does();
    }

    // ---- events of a request

    /// It is written to a proxy.
    void leaves(std::uint32_t id) {
        auto const& r = requests.at(id);
        machine.sent(id, cluster.proxies.choose(r.another_proxy, now), now);
    }
    /// Its proxy redirects it to this target.
    detail::target_book::opinion redirected(std::uint32_t id, std::string_view target) {
        return machine.redirected(id, target, now);
    }
    detail::target_book::advice reaches(std::uint32_t id, std::string_view target = "t1:80") {
        leaves(id);
        return redirected(id, target).what;
    }
    /// The next entries of its answer arrive.
    void brings(std::uint32_t id, std::size_t count = SIZE_MAX) {
        auto& r = requests.at(id);
        for (count = std::min(count, r.entries.size() - r.position); count > 0; --count)
            machine.delivered(id, r.entries[r.position++], now);
        machine.progressed(id, r.position, now);
    }
    /// The next entry is a placeholder.
    void lacks(std::uint32_t id, std::string words = {}) {
        auto& r = requests.at(id);
        machine.claimed_missing(id, r.entries[r.position++], missing(std::move(words)), now);
        machine.progressed(id, r.position, now);
    }
    /// The next entry arrives and is wrong.
    void spoils(std::uint32_t id, errc code = errc::wrong_checksum) {
        auto& r = requests.at(id);
        machine.bad_payload(id, r.entries[r.position++], error{code, stage::payload, "wrong bytes"});
        machine.progressed(id, r.position, now);
    }
    /// Plain GET: have: received bytes of the entry; came: of these, in this answer.
    void receives(std::uint32_t id, std::uint64_t have, std::uint64_t came) { machine.received(id, have, came, now); }
    void ends(std::uint32_t id) { machine.ended(id, {}, {}, {}, now); }
    void ends(std::uint32_t id, errc code, stage where = stage::response) {
        machine.ended(id, error{code, where, "reported by the test"}, {}, {}, now);
    }
    void refused(std::uint32_t id, int status, std::string words = {}, std::string code = {},
                 std::string_view full_target = {}) {
        error e{errc::server_error, stage::response, ""};
        e.http_status = status;
        e.server_text = std::move(words);
        e.server_code = std::move(code);
        machine.ended(id, e, {}, full_target, now);
    }

    void is_over_the_budget(std::uint32_t id) {
        error const e{boost::system::errc::make_error_code(boost::system::errc::not_enough_memory), stage::response,
                      ""};
        machine.ended(id, e, {}, {}, now);
    }
    void is_short_of_descriptors(std::uint32_t id) {
        error const e{boost::system::errc::make_error_code(boost::system::errc::too_many_files_open), stage::connect,
                      ""};
        machine.ended(id, e, {}, {}, now);
    }

    /// A request that succeeds, or its rest does.
    void answers(std::uint32_t id, std::string_view target = "t1:80") {
        if (requests.at(id).position == 0) reaches(id, target);
        brings(id);
        ends(id);
    }

    // ---- other events

    void map_is_seen(bool well = true) { machine.map_seen(now, well, now); }
    void learn_map(std::uint64_t version, std::vector<std::string> const& targets) {
        codec::cluster_map map;
        map.version = version;
        map.uuid = "u";
        map.primary_url = "http://p1";
        map.proxies = {{"p1", "http://p1", {}, false}};
        for (auto const& t : targets) map.targets.push_back({t, "http://" + t + ":80", {}, false});
        cluster.view.learn(std::move(map), now);
        cluster.map_learned();
    }
    /// Healthy targets: requests of 4 entries, 100 ms each, with stalls of 20 ms.
    void targets_are_well(std::vector<std::string> const& names) {
        for (int i = 0; i < 20; ++i)
            for (auto const& name : names) cluster.targets.succeeded(name, 4, milliseconds(100), milliseconds(20), now);
    }
    void make_sick(std::string_view target) {
        for (int i = 0; i < 2; ++i) cluster.targets.failed(target, now);
    }

    /// All entries are answered, each once; those not delivered by a refusal.
    bool is_over() {
        act();
        return machine.finished();
    }
    error const& why(std::uint32_t entry) const { return *refusals.at(entry).why; }

    struct request {
        detail::request_form form;
        detail::entry_indices entries;
        bool another_proxy = false;
        std::size_t bytes = 0;
        std::size_t position = 0;
    };
    struct refusal {
        sample_status status;
        std::shared_ptr<error const> why;
    };

    static constexpr detail::batch_machine::time_point start{std::chrono::hours(1)};
    detail::batch_machine::time_point now;
    double draw = 0.5;
    detail::batch_surroundings around;

private:
    std::shared_ptr<detail::cluster_state> shared_;

public:
    detail::cluster_state& cluster;
    detail::batch_machine machine;
    std::map<std::uint32_t, request> requests;
    std::map<std::uint32_t, refusal> refusals;
    int turns = 0;

private:
    static error missing(std::string words) {
        error e{errc::missing, stage::assemble, "not in the cluster"};
        e.server_text = std::move(words);
        return e;
    }

    void act() {
        around.now = now;
        while (auto a = machine.next(around)) note(*a);
    }

    void note(detail::batch_action& a) {
        using kind = detail::batch_action::kind;
        std::string text;
        switch (a.what) {
            case kind::ask:
                text = form_of(a) + std::to_string(a.id) + ": " + ranges(a.entries);
                REQUIRE(requests.emplace(a.id, request{a.form, a.entries, a.another_proxy, a.bytes}).second);
                break;
            case kind::drop: text = "drop " + std::to_string(a.id); break;
            case kind::refuse:
                text = std::string(to_string(a.status)) + ' ' + std::to_string(a.entry);
                REQUIRE(refusals.emplace(a.entry, refusal{a.status, std::move(a.why)}).second);
                break;
            case kind::refresh_map: text = "map"; break;
            case kind::look_up_bucket: text = "bucket " + a.bucket; break;
        }
        if (!done_.empty()) done_ += "; ";
        done_ += text;
    }

    static std::string form_of(detail::batch_action const& a) {
        switch (a.form) {
            case detail::request_form::plain: return "plain ";
            case detail::request_form::streamed: return a.another_proxy ? "again streamed " : "stream ";
            case detail::request_form::as_asked: break;
        }
        return a.another_proxy ? "again " : "get ";
    }

    static std::string ranges(detail::entry_indices const& of) {
        std::string out;
        for (std::size_t i = 0; i < of.size();) {
            auto last = i;
            while (last + 1 < of.size() && of[last + 1] == of[last] + 1) ++last;
            if (!out.empty()) out += ',';
            out += std::to_string(of[i]);
            if (last > i) out += '-' + std::to_string(of[last]);
            i = last + 1;
        }
        return out;
    }

    std::string done_;
};

}  // namespace aisle::test
