#include "stress_plan.hpp"

#include "stress_random.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace aisle::cli {
namespace {

// Different random sequences from one seed.
stress_random random_of(std::uint64_t seed, std::uint64_t round, std::uint64_t batch) {
    return stress_random(mix_bits(mix_bits(mix_bits(seed) + round) + batch));
}

constexpr std::uint64_t of_the_round = ~std::uint64_t{0};  // no batch has this number

template <class T>
T const& one_of(std::vector<T> const& all, stress_random& random) {
    return all[static_cast<std::size_t>(random.below(all.size()))];
}

/// Draws the entries of one batch, in order.
class entry_draw {
public:
    entry_draw(stress_catalog const& catalog, std::string const& bucket, stress_random random)
        : catalog_(catalog), bucket_(bucket), random_(random) {}

    std::vector<planned_entry> draw(std::uint32_t count) {
        std::vector<planned_entry> drawn;
        drawn.reserve(count);
        while (drawn.size() < count) drawn.push_back(next(drawn));
        return drawn;
    }

private:
    planned_entry next(std::vector<planned_entry> const& before) {
        if (missing_ < stress_plan::most_missing && random_.below(64) == 0) return absent();
        if (!before.empty() && random_.chance(5)) {
            auto const& again = random_.chance(50) ? before.back() : one_of(before, random_);
            if (again.exists) return again;
        }
        return present();
    }

    planned_entry present() {
        auto const kind = random_.below(1000);
        if (kind < 330) return member();
        if (kind < 640) return whole_or_part(one_of(catalog_.tiny, random_));
        if (kind < 940) return whole_or_part(one_of(catalog_.small, random_));
        if (kind < 990) return whole_or_part(one_of(catalog_.medium, random_));
        if (kind < 996) return whole_or_part(one_of(catalog_.large, random_));
        return whole_or_part(one_of(catalog_.shards, random_));
    }

    planned_entry whole_or_part(stress_object const& object) {
        planned_entry p;
        p.request.object = object.name;
        p.size = object.size_bytes;
        if (object.is_shard()) p.archive = &object.archive;
        return finish(std::move(p));
    }

    planned_entry member() {
        auto const& shard = one_of(catalog_.shards, random_);
        auto const& chosen = one_of(shard.members, random_);
        planned_entry p;
        p.request.object = shard.name;
        p.request.archpath = chosen.path;
        p.size = chosen.size_bytes;
        return finish(std::move(p));
    }

    planned_entry absent() {
        ++missing_;
        planned_entry p;
        p.exists = false;
        switch (random_.below(3)) {
            case 0: p.request.object = "absent/" + std::to_string(random_.below(1'000'000)); break;
            case 1:
                p.request.object = "absent/" + std::to_string(random_.below(1'000'000)) + ".tar";
                p.request.archpath = "any";
                break;
            default:
                p.request.object = one_of(catalog_.shards, random_).name;
                p.request.archpath = "absent/" + std::to_string(random_.below(1'000'000));
        }
        return with_extras(std::move(p));
    }

    planned_entry finish(planned_entry p) {
        if (p.size > 0 && random_.chance(20)) cut_range(p);
        // A range to the end and the whole object differ only in size, so give the size.
        auto const to_the_end = p.request.range.length < 0;
        if (to_the_end || random_.chance(50)) p.request.expected_size = p.size;
        return with_extras(std::move(p));
    }

    void cut_range(planned_entry& p) {
        auto const start = random_.chance(20) ? 0 : random_.below(p.size);
        // 0 to the end is requested without a range: AIStore refuses that range for empty objects.
        auto const to_the_end = start > 0 && random_.chance(25);
        auto const length = to_the_end ? p.size - start : 1 + random_.below(p.size - start);
        p.request.range = {static_cast<std::int64_t>(start), to_the_end ? -1 : static_cast<std::int64_t>(length)};
        p.offset = start;
        p.size = length;
    }

    planned_entry with_extras(planned_entry p) {
        p.request.bucket = bucket_;
        if (random_.chance(10)) {
            p.request.opaque.resize(static_cast<std::size_t>(1 + random_.below(40)));
            for (auto& c : p.request.opaque) c = static_cast<char>(random_.below(256));
        }
        return p;
    }

    stress_catalog const& catalog_;
    std::string const& bucket_;
    stress_random random_;
    unsigned missing_ = 0;
};

}  // namespace

std::uint64_t stress_round::samples() const noexcept {
    return std::accumulate(batch_sizes.begin(), batch_sizes.end(), std::uint64_t{0});
}

stress_plan::stress_plan(stress_catalog const& catalog, stress_plan_options options)
    : catalog_(catalog), options_(std::move(options)) {}

stress_round stress_plan::round(std::uint64_t number, std::uint64_t samples) const {
    auto random = random_of(options_.seed, number, of_the_round);
    constexpr std::array<unsigned, 6> windows{automatic, automatic, 1, 3, 8, 32};
    constexpr std::array consumers{stress_consumer::pull, stress_consumer::pull_and_hold, stress_consumer::push};
    stress_round made{.number = number, .way = {}, .batch_sizes = {}};
    auto const formats = options_.formats.size();
    made.way.format = options_.formats[static_cast<std::size_t>(number % formats)];
    made.way.streaming = number / formats % 2 == 0;
    made.way.only_obj_name = number / formats / 2 % 2 != 0;
    made.way.order = random.chance(25) ? batch_order::completed : batch_order::submitted;
    made.way.in_flight = windows[random.below(windows.size())];
    made.way.consumer = consumers[random.below(consumers.size())];
    while (samples > 0) {
        auto const most = random.chance(2) ? options_.batch_size * large_factor : options_.batch_size;
        auto const size = std::min<std::uint64_t>({1 + random.below(most), samples, largest_batch});
        made.batch_sizes.push_back(static_cast<std::uint32_t>(size));
        samples -= size;
    }
    return made;
}

std::vector<planned_entry> stress_plan::entries(stress_round const& round, std::uint64_t number) const {
    auto const count = round.batch_sizes[static_cast<std::size_t>(number)];
    return entry_draw(catalog_, options_.bucket, random_of(options_.seed, round.number, number)).draw(count);
}

batch stress_plan::make_batch(stress_round const& round, std::uint64_t number) const {
    batch made(options_.bucket);
    for (auto& planned : entries(round, number)) made.add(std::move(planned.request));
    return made;
}

}  // namespace aisle::cli
