#include "job.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <stdexcept>
#include <sys/resource.h>

namespace bench {
namespace {

double seconds_of(timeval t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
}

rusage usage_now() {
    rusage u{};
    ::getrusage(RUSAGE_SELF, &u);
    return u;
}

// Of this program's own memory; getrusage() starts with that of the parent process.
std::uint64_t peak_rss_bytes() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
    return 0;
}

double median(std::vector<double>& values) {
    auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

job read_job(int argc, char** argv) {
    job j;
    auto const number = [](std::string const& v) { return std::strtoull(v.c_str(), nullptr, 10); };
    using text = std::string const&;
    std::map<std::string, std::function<void(text)>> const known = {
        {"endpoint", [&](text v) { j.endpoint = v; }},
        {"bucket", [&](text v) { j.bucket = v; }},
        {"names", [&](text v) { j.names_file = v; }},
        {"format", [&](text v) { j.format = v; }},
        {"mode", [&](text v) { j.mode = v; }},
        {"batch", [&](text v) { j.batch = number(v); }},
        {"batches", [&](text v) { j.batches = number(v); }},
        {"in-flight", [&](text v) { j.in_flight = static_cast<unsigned>(number(v)); }},
        {"lowat", [&](text v) { j.lowat = number(v); }},
        {"object-bytes", [&](text v) { j.object_bytes = number(v); }},
        {"shards", [&](text v) { j.shards = static_cast<unsigned>(number(v)); }},
    };
    for (int i = 1; i < argc; ++i) {
        std::string const arg = argv[i];
        auto const eq = arg.find('=');
        auto const which = arg.starts_with("--") && eq != arg.npos ? known.find(arg.substr(2, eq - 2)) : known.end();
        if (which == known.end()) throw std::runtime_error("unknown option: " + arg);
        which->second(arg.substr(eq + 1));
    }
    std::ifstream file(j.names_file);
    for (std::string line; std::getline(file, line);)
        if (!line.empty()) j.names.push_back(std::move(line));
    if (j.names.empty()) throw std::runtime_error("no names in --names=" + j.names_file);
    if (j.batch == 0 || j.batches == 0) throw std::runtime_error("--batch and --batches must be 1 or more");
    return j;
}

stopwatch::stopwatch() : began_(clock::now()) {
    auto const u = usage_now();
    user_ = seconds_of(u.ru_utime);
    system_ = seconds_of(u.ru_stime);
}

void stopwatch::stop() {
    seconds_ = std::chrono::duration<double>(clock::now() - began_).count();
    auto const u = usage_now();
    user_ = seconds_of(u.ru_utime) - user_;
    system_ = seconds_of(u.ru_stime) - system_;
}

void stopwatch::first_sample() {
    if (!first_ms_) first_ms_ = ms_since(began_);
}

double stopwatch::ms_since(clock::time_point then) const {
    return std::chrono::duration<double, std::milli>(clock::now() - then).count();
}

void stopwatch::print(std::uint64_t samples, std::uint64_t bytes, batch_times times, std::uint64_t reads) const {
    std::printf("{\"samples\": %llu, \"bytes\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"user_seconds\": %.6f",
                static_cast<unsigned long long>(samples), static_cast<unsigned long long>(bytes), seconds_,
                user_ + system_, user_);
    if (first_ms_) std::printf(", \"first_sample_ms\": %.3f", *first_ms_);
    if (!times.first_ms.empty()) std::printf(", \"first_ms\": %.3f", median(times.first_ms));
    if (!times.whole_ms.empty()) std::printf(", \"whole_ms\": %.3f", median(times.whole_ms));
    if (reads) std::printf(", \"reads\": %llu", static_cast<unsigned long long>(reads));
    std::printf(", \"peak_rss_bytes\": %llu}\n", static_cast<unsigned long long>(peak_rss_bytes()));
}

}  // namespace bench
