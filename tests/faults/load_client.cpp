// Fetches synthetic objects and prints the cost, in a separate process so that its memory can be measured.
//
// load_client KEY=VALUE...: endpoint, objects (their number), size (of each, in bytes), batch (entries per batch),
// budget_mib; in_flight (0: automatic), format (".tar"), multipart (1: metadata first), bucket ("ais://synthetic"),
// suffix (".gz": of the objects' names, which are then decompressed), zeros (1: their content), max_sample_mib (0: the
// default), attempts (1: no retries; 0: the default), pause_ms (the consumer sleeps this long halfway), consumer
// ("drops", "keeps": every sample until the end, "sink": drops on the engine's thread). Prints one line of JSON to
// standard output; exit code 1 unless every byte was right.
#include <aisle/engine.hpp>
#include <aisle/playground/synthetic.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace aisle;

namespace {

class settings {
public:
    settings(int argc, char** argv) {
        for (int i = 1; i < argc; ++i) {
            std::string const pair = argv[i];
            auto const at = pair.find('=');
            if (at != pair.npos) values_[pair.substr(0, at)] = pair.substr(at + 1);
        }
    }
    std::string text(std::string const& key, std::string const& otherwise = {}) const {
        auto const found = values_.find(key);
        return found == values_.end() ? otherwise : found->second;
    }
    std::uint64_t number(std::string const& key) const { return std::strtoull(text(key, "0").c_str(), nullptr, 10); }

private:
    std::map<std::string, std::string> values_;
};

// Largest resident size so far, in KiB.
std::uint64_t peak_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
    return 0;
}

class load {
public:
    explicit load(settings const& s) : settings_(s), engine_(options_of(s)) {}

    int run() {
        auto const total = settings_.text("consumer") == "sink" ? push() : pull();
        for (auto const& s : kept_) still_right_ += is_right(s);
        auto const stats = engine_.stats();
        auto const show = [](char const* key, std::uint64_t value, char const* behind = ",") {
            std::printf("\"%s\":%llu%s", key, static_cast<unsigned long long>(value), behind);
        };
        std::printf("{");
        show("right", right_);
        show("failed", total ? total->failed : 0);
        show("retries", total ? total->retries : 0);
        show("requests", stats.requests);
        show("plain_gets", stats.plain_gets);
        show("connections", stats.connections);
        show("kept_kib", stats.held_bytes >> 10);
        show("peak_kib", peak_kib(), "}\n");
        return total && right_ == objects_ && still_right_ == kept_.size() ? 0 : 1;
    }

private:
    static engine_options options_of(settings const& s) {
        engine_options o;
        o.endpoint = s.text("endpoint");
        o.memory_budget_bytes = s.number("budget_mib") << 20;
        o.max_sample_bytes = s.number("max_sample_mib") << 20;
        o.proxy_timeout = std::chrono::minutes(1);  // a stall of the machine is no fault of the proxy
        return o;
    }

    stream_options how() const {
        stream_options out;
        out.in_flight = static_cast<unsigned>(settings_.number("in_flight"));
        out.output_format = settings_.text("format", ".tar");
        out.streaming_get = settings_.number("multipart") == 0;
        out.decompress = !suffix_.empty();
        if (auto const attempts = settings_.number("attempts")) out.retry.attempts = static_cast<unsigned>(attempts);
        return out;
    }

    std::optional<batch> next_batch() {
        if (asked_ >= objects_) return std::nullopt;
        batch b{settings_.text("bucket", "ais://synthetic")};
        for (std::uint64_t i = 0; i < settings_.number("batch") && asked_ < objects_; ++i)
            b.add(playground::synthetic_name(asked_++) + suffix_);
        return b;
    }

    bool is_right(sample const& s) const {
        std::string_view name = s.entry().object;
        name.remove_suffix(suffix_.size());
        auto const index = playground::synthetic_index(name);
        if (!s.delivered() || s.size() != settings_.number("size")) return false;
        if (settings_.number("zeros"))
            return std::ranges::all_of(s.bytes(), [](std::byte b) { return b == std::byte{0}; });
        return playground::is_synthetic(*index, 0, s.bytes());
    }

    void take(sample s) {
        std::string_view name = s.entry().object;
        name.remove_suffix(suffix_.size());
        if (is_right(s) && playground::synthetic_index(name) == taken_)
            ++right_;
        else if (!s.delivered() && told_++ == 0)
            std::fprintf(stderr, "%s: %s\n", s.entry().object.c_str(), s.why().message().c_str());
        bool const middle = taken_++ == objects_ / 2;
        if (settings_.text("consumer") == "keeps")
            kept_.push_back(std::move(s));
        else
            s = {};
        if (middle) std::this_thread::sleep_for(std::chrono::milliseconds(settings_.number("pause_ms")));
    }

    result<summary> pull() {
        auto stream = engine_.open([this] { return next_batch(); }, how());
        while (auto s = stream.next()) take(std::move(*s));
        return stream.finish();
    }

    result<summary> push() {
        std::promise<result<summary>> done;
        engine_.start([this] { return next_batch(); }, how(), [this](sample s) { take(std::move(s)); },
                      [&](result<summary> r) { done.set_value(std::move(r)); });
        return done.get_future().get();
    }

    settings const& settings_;
    std::string const suffix_ = settings_.text("suffix");
    std::uint64_t const objects_ = settings_.number("objects");
    std::uint64_t asked_ = 0;
    std::uint64_t taken_ = 0;
    std::uint64_t right_ = 0;
    std::uint64_t still_right_ = 0;
    unsigned told_ = 0;
    std::vector<sample> kept_;
    engine engine_;  // last, because it calls the others
};

}  // namespace

int main(int argc, char** argv) {
    settings const s(argc, argv);
    return load(s).run();
}
