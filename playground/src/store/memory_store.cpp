#include "store.hpp"

#include <atomic>
#include <ctime>
#include <map>
#include <shared_mutex>

namespace aisle::playground {
namespace {

struct blob {
    std::shared_ptr<std::string const> bytes;
    std::int64_t modified_seconds = 0;
    std::uint64_t identity = 0;
};

class memory_bucket : public bucket, public std::enable_shared_from_this<memory_bucket> {
public:
    explicit memory_bucket(std::shared_ptr<std::atomic<std::uint64_t>> used) : used_(std::move(used)) {}
    ~memory_bucket() override {
        for (auto const& [name, object] : objects_) *used_ -= object.bytes->size();
    }

    std::optional<stored_object> open(std::string const& name) const override {
        std::shared_lock const lock(mutex_);
        auto const at = objects_.find(name);
        if (at == objects_.end()) return std::nullopt;
        return stored_object::memory(at->second.bytes, at->second.modified_seconds, at->second.identity);
    }

    result<std::unique_ptr<upload>> put(std::string const& name) override;

    result<void> remove(std::string const& name) override {
        std::unique_lock const lock(mutex_);
        auto const at = objects_.find(name);
        if (at == objects_.end()) return error(errc::missing, stage::usage, "the object does not exist");
        *used_ -= at->second.bytes->size();
        objects_.erase(at);
        return {};
    }

    std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
        std::shared_lock const lock(mutex_);
        std::vector<listed_object> page;
        auto at = after < prefix ? objects_.lower_bound(prefix) : objects_.upper_bound(after);
        for (; at != objects_.end() && page.size() < limit && at->first.starts_with(prefix); ++at)
            page.push_back({at->first, at->second.bytes->size()});
        return page;
    }

    // The bytes are already counted in *used_.
    void store(std::string const& name, std::string bytes) {
        static std::atomic<std::uint64_t> number{0};
        blob fresh{std::make_shared<std::string const>(std::move(bytes)), std::time(nullptr), ++number};
        std::unique_lock const lock(mutex_);
        auto& slot = objects_[name];
        if (slot.bytes) *used_ -= slot.bytes->size();
        slot = std::move(fresh);
    }

    std::atomic<std::uint64_t>& used() noexcept { return *used_; }

private:
    mutable std::shared_mutex mutex_;
    std::map<std::string, blob, std::less<>> objects_;
    std::shared_ptr<std::atomic<std::uint64_t>> used_;
};

class memory_upload : public upload {
public:
    memory_upload(std::shared_ptr<memory_bucket> home, std::string name)
        : home_(std::move(home)), name_(std::move(name)) {}
    ~memory_upload() override { home_->used() -= bytes_.size(); }

    result<void> write(std::span<std::byte const> data) override {
        if (home_->used().fetch_add(data.size()) + data.size() > memory_store_bytes) {
            home_->used() -= data.size();
            return error(
                errc::limit_exceeded, stage::usage,
                "the limit for objects in memory is " + std::to_string(memory_store_bytes) + " bytes in total");
        }
        bytes_.append(reinterpret_cast<char const*>(data.data()), data.size());
        return {};
    }

    result<void> commit() override {
        home_->store(name_, std::exchange(bytes_, {}));
        return {};
    }

private:
    std::shared_ptr<memory_bucket> home_;
    std::string name_;
    std::string bytes_;
};

result<std::unique_ptr<upload>> memory_bucket::put(std::string const& name) {
    return std::unique_ptr<upload>(std::make_unique<memory_upload>(shared_from_this(), name));
}

class memory_store : public store {
public:
    std::shared_ptr<bucket> find(bucket_id const& id) override {
        std::shared_lock const lock(mutex_);
        auto const at = buckets_.find(id);
        return at == buckets_.end() ? nullptr : at->second;
    }

    std::vector<bucket_id> names() override {
        std::shared_lock const lock(mutex_);
        std::vector<bucket_id> all;
        all.reserve(buckets_.size());
        for (auto const& [id, b] : buckets_) all.push_back(id);
        return all;
    }

    result<bool> create(bucket_id const& id) override {
        std::unique_lock const lock(mutex_);
        return buckets_.try_emplace(id, std::make_shared<memory_bucket>(used_)).second;
    }

    result<void> destroy(bucket_id const& id) override {
        std::unique_lock const lock(mutex_);
        buckets_.erase(id);
        return {};
    }

private:
    std::shared_mutex mutex_;
    std::shared_ptr<std::atomic<std::uint64_t>> used_ = std::make_shared<std::atomic<std::uint64_t>>(0);
    std::map<bucket_id, std::shared_ptr<memory_bucket>> buckets_;
};

}  // namespace

std::unique_ptr<store> make_memory_store() {
    return std::make_unique<memory_store>();
}

}  // namespace aisle::playground
