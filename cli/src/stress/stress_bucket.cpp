#include "stress_bucket.hpp"

#include "../progress/progress.hpp"

#include <aisle/bucket.hpp>
#include <aisle/engine.hpp>

#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace aisle::cli {
namespace {

constexpr unsigned uploads_at_once = 16;

/// An engine for operations on the bucket. Prints errors while nothing arrives.
class bucket_client {
public:
    bucket_client(engine_options const& cluster, retry_options const& retry, std::string const& bucket)
        : engine_(cluster),
          shown_(
              progress_style::quiet, counters_, [] { return std::nullopt; }, [this] { return engine_.stats(); }, retry),
          bucket_(engine_.bucket(bucket)) {}

    bucket const& operator*() const noexcept { return bucket_; }
    bucket const* operator->() const noexcept { return &bucket_; }
    void stored() noexcept { counters_.delivered.fetch_add(1); }

private:
    engine engine_;
    progress_counters counters_;
    progress shown_;
    bucket bucket_;
};

}  // namespace

stress_bucket::stress_bucket(engine_options cluster, retry_options retry, std::string bucket, bucket_naming naming)
    : cluster_(std::move(cluster)), retry_(retry), bucket_(std::move(bucket)), naming_(naming) {
    static_cast<void>(engine(cluster_).bucket(bucket_));
}

void stress_bucket::create() {
    auto const created = bucket_client(cluster_, retry_, bucket_)->create({.retry = retry_, .stop = {}});
    // If the response is lost, the bucket may have been created. With a generated name it is ours in any case, unless
    // the request was never sent.
    created_ = created ? *created : naming_ == bucket_naming::generated && created.error().where != stage::connect;
    if (!created.value())
        throw exception({errc::server_error, stage::response,
                         "the bucket " + bucket_ + " already exists: give --bucket another name"});
}

void stress_bucket::fill(stress_catalog const& catalog, std::stop_token stop) {
    bucket_client into(cluster_, retry_, bucket_);
    auto const objects = catalog.all();
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::optional<error> fault;
    std::stop_source ended;  // by an error or by the caller
    std::stop_callback const on_stop(std::move(stop), [&ended] { ended.request_stop(); });
    auto const work = [&] {
        for (auto i = next++; i < objects.size() && !ended.stop_requested(); i = next++) {
            auto const put =
                into->put(objects[i]->name, object_bytes(*objects[i]), {.retry = retry_, .stop = ended.get_token()});
            if (put) {
                into.stored();
                continue;
            }
            std::lock_guard const lock(mutex);
            if (!fault) fault = put.error();
            ended.request_stop();
        }
    };
    {
        std::vector<std::jthread> workers;
        workers.reserve(uploads_at_once);
        for (unsigned i = 0; i < uploads_at_once; ++i) workers.emplace_back(work);
    }
    if (fault) throw exception(*fault);
    if (ended.stop_requested()) throw exception({errc::cancelled, stage::usage, "filling the bucket was cancelled"});
}

void stress_bucket::destroy() {
    if (!created_) return;
    created_ = false;
    bucket_client(cluster_, retry_, bucket_)->destroy({.retry = retry_, .stop = {}}).value();
}

}  // namespace aisle::cli
