#pragma once

#include "stress_catalog.hpp"

#include <aisle/batch.hpp>
#include <aisle/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace aisle::cli {

/// How samples reach the one who checks them.
enum class stress_consumer : std::uint8_t {
    pull,           ///< sample_stream::next(), each checked as it comes
    pull_and_hold,  ///< the same, each checked only when dozens of others have come: memory given out must stay as it
                    ///< is
    push            ///< engine::start(), on the thread that parsed it
};

/// How one stream of the load is asked for and taken.
struct stress_way {
    std::string format = ".tar";
    bool streaming = true;
    bool only_obj_name = false;
    batch_order order = batch_order::submitted;
    unsigned in_flight = automatic;
    stress_consumer consumer = stress_consumer::pull;
};

/// An entry and what has to come of it.
struct planned_entry {
    entry asked;
    bool exists = true;
    std::uint64_t offset = 0;  ///< of the payload in its object or member
    std::uint64_t size = 0;    ///< of the payload
    /// What it is a part of where that is a whole shard: lives as long as the catalog. Null: by stress_content.
    std::string const* archive = nullptr;
};

/// One stream of the load: so many batches, asked for in one way.
struct stress_round {
    std::uint64_t number = 0;
    stress_way way;
    std::vector<std::uint32_t> batch_sizes;

    std::uint64_t samples() const noexcept;
};

struct stress_plan_options {
    std::string bucket;  ///< "ais://name"
    std::uint64_t seed = 1;
    std::size_t batch_size = 64;
    std::vector<std::string> formats = {".tar", ".tgz", ".zip", ".tar.lz4"};
};

/// What a load asks for: a pure function of the seed, of a round's number and of a batch's number in it. So the one who
/// asks and the one who checks need not share anything, and a load can be run again. Thread-safe: it never changes.
class stress_plan {
public:
    /// Entries of one batch that do not exist, at most: AIStore ends a batch at the ninth (max_soft_errs).
    static constexpr unsigned most_missing = 4;
    /// A large batch has up to so many times the usual most entries.
    static constexpr std::size_t large_factor = 8;
    static constexpr std::size_t largest_batch = 4096;

    /// catalog must outlive it. Precondition: batch_size and formats are not empty.
    stress_plan(stress_catalog const& catalog, stress_plan_options options);

    /// Rounds in a row go through all formats, both modes and both kinds of names; the rest is drawn.
    stress_round round(std::uint64_t number, std::uint64_t samples) const;
    /// Rounds after which formats, modes and names begin again.
    std::uint64_t cycle() const noexcept { return options_.formats.size() * 4; }

    /// Precondition: number < round.batch_sizes.size().
    std::vector<planned_entry> entries(stress_round const& round, std::uint64_t number) const;
    /// The same as a batch for the engine.
    batch make_batch(stress_round const& round, std::uint64_t number) const;

private:
    stress_catalog const& catalog_;
    stress_plan_options const options_;
};

}  // namespace aisle::cli
