#include "checks.hpp"

#include "bounds.hpp"

#include <algorithm>
#include <sstream>

namespace aisle::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_map_fetches_a_second = 4;
constexpr std::size_t most_reports = 8;

class judge_of {
public:
    judge_of(world_plan const& plan, contents const& what, losses const& lost, time_point begin, world_outcome& out)
        : plan_(plan),
          what_(what),
          lost_(lost),
          begin_(begin),
          out_(out),
          saw_no_settled_map_(lost.first_map_seen != 1) {}

    void judge() {
        for (std::size_t b = 0; b < out_.batches.size(); ++b) {
            auto const& batch = out_.batches[b];
            if (!batch.over) {
                std::string open;
                for (std::size_t i = 0; i < batch.entries.size(); ++i)
                    if (!batch.entries[i].answered) open += ' ' + std::to_string(i);
                report("livelock: batch " + std::to_string(b) + " never ended; open:" + open);
                continue;
            }
            out_.longest_batch = std::max(out_.longest_batch, seconds(batch.answered - batch.started));
            out_.requests += batch.requests;
            out_.most_requests = std::max(
                out_.most_requests, static_cast<double>(batch.requests) / static_cast<double>(batch.entries.size()));
            out_.entries += batch.entries.size();
            entries(b);
            costs(b);
        }
        auto const memory = most_memory(plan_, what_);
        if (out_.most_memory > memory)
            report("memory: " + std::to_string(out_.most_memory >> 10) + " KiB were held, the maximum is " +
                   std::to_string(memory >> 10) + " KiB");
    }

private:
    void report(std::string what) {
        if (out_.broken.size() < most_reports) out_.broken.push_back(std::move(what));
    }

    void costs(std::size_t b) {
        auto const& batch = out_.batches[b];
        auto const took = batch.answered - batch.started;
        auto const started = batch.started - begin_;
        auto const longest = longest_time(plan_, what_, lost_, b, started);
        out_.allowed_share = std::max(out_.allowed_share, seconds(took) / seconds(longest));
        if (took > longest)
            report("time: batch " + std::to_string(b) + " took " + std::to_string(seconds(took)) +
                   " s, the maximum is " + std::to_string(seconds(longest)) + " s");
        auto const most = most_requests(plan_, what_, lost_, b, started, took);
        out_.allowed_requests = std::max(out_.allowed_requests, batch.requests / most);
        if (batch.requests > most)
            report("requests: batch " + std::to_string(b) + " of " + std::to_string(batch.entries.size()) + " took " +
                   std::to_string(batch.requests) + " requests, the maximum is " + std::to_string(most) + " requests");
    }

    void entries(std::size_t b) {
        auto const& modelled = what_.batches[b];
        bool after_missing = false;
        for (std::size_t i = 0; i < modelled.size(); ++i) {
            auto const& got = out_.batches[b].entries[i];
            auto const& w = modelled[i];
            if (!got.answered) {
                report(place(b, i) + "was never answered");
                continue;
            }
            if (!fits(w, got, after_missing))
                report(place(b, i) + "is " + std::string(to_string(got.status)) + " but should be " +
                       std::string(to_string(right(w))) + (got.why ? ": " + got.why->message() : std::string()) +
                       " (it is at t" + std::to_string(w.of->place) + ", moves to t" + std::to_string(w.of->moves_to) +
                       ", belongs to t" + std::to_string(w.of->owner) + (w.of->cached ? ")" : "), not cached"));
            else if (!has_words(w, got))
                report(place(b, i) + "failed without the server's message \"" + w.words() +
                       "\": " + got.why->message());
            after_missing = after_missing || (plan_.strict && got.status != sample_status::delivered);
        }
    }

    sample_status right(modelled_entry const& w) const {
        auto const r = w.right();
        return r == sample_status::missing && plan_.missing == on_missing::fail ? sample_status::failed : r;
    }

    bool fits(modelled_entry const& w, outcome const& got, bool after_missing) const {
        if (got.status == right(w)) return true;
        // Bytes that do not exist cannot be delivered, whatever the cluster's state.
        if (got.status == sample_status::delivered) return false;
        if (plan_.has(trouble::denied)) return true;
        if (plan_.retry.attempts <= 1) return true;
        if (plan_.strict && after_missing) return true;
        // In strict mode, a missing entry ends the batch as failed.
        if (plan_.strict && w.right() == sample_status::missing) return true;
        if (lost_.targets.contains(w.of->place) || lost_.targets.contains(w.of->owner)) return true;
        // A plain GET, which would tell, would also fetch it.
        if (!plan_.cold_gets && w.of->in_cloud && (w.of->cold_at_first || w.right() != sample_status::delivered))
            return true;
        if (saw_no_settled_map_ && got.why->code == errc::missing) return true;
        return false;
    }

    bool has_words(modelled_entry const& w, outcome const& got) const {
        if (got.status != sample_status::failed || w.right() != sample_status::failed) return true;
        if (plan_.has(trouble::denied) || plan_.retry.attempts <= 1 || plan_.strict) return true;
        if (lost_.targets.contains(w.of->place) || (!plan_.cold_gets && w.of->in_cloud)) return true;
        // Objects move, and no map shows it: any node may report that an object does not exist.
        if (saw_no_settled_map_ && got.why->code == errc::missing) return true;
        return got.why->server_text.find(w.words()) != std::string::npos;
    }

    static std::string place(std::size_t b, std::size_t i) {
        return "batch " + std::to_string(b) + " entry " + std::to_string(i) + " ";
    }

    world_plan const& plan_;
    contents const& what_;
    losses const& lost_;
    time_point begin_;
    world_outcome& out_;
    // A client that first sees the cluster while objects move cannot know it: no map shows it.
    bool saw_no_settled_map_;
};

}  // namespace

void checks::broken(std::string what) {
    if (found_.size() < most_reports) found_.push_back(std::move(what));
}

void checks::map_fetched(time_point now) {
    ++map_fetches_;
    last_map_fetches_.push_back(now);
    if (last_map_fetches_.size() > most_map_fetches_a_second) {
        if (now - last_map_fetches_.front() < 1s) broken("more than 4 map fetches within a second");
        last_map_fetches_.pop_front();
    }
}

void checks::held(std::size_t bytes, std::size_t budget, std::size_t excuse) {
    most_memory_ = std::max(most_memory_, bytes);
    (void)budget;
    (void)excuse;
}

void judge(world_plan const& plan, contents const& what, losses const& lost, time_point begin, world_outcome& out) {
    judge_of(plan, what, lost, begin, out).judge();
}

}  // namespace aisle::simulation
