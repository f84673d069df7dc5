#include "store.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aisle::playground {
namespace {

/// The objects of one bucket that are in the cluster. Thread-safe.
class presence {
public:
    bool has(std::string const& name) const {
        std::lock_guard const lock(mutex_);
        return names_.contains(name);
    }
    // True if it was not there before.
    bool add(std::string const& name) {
        std::lock_guard const lock(mutex_);
        return names_.insert(name).second;
    }
    void remove(std::string const& name) {
        std::lock_guard const lock(mutex_);
        names_.erase(name);
    }
    void clear() {
        std::lock_guard const lock(mutex_);
        names_.clear();
    }

private:
    mutable std::mutex mutex_;
    std::set<std::string> names_;
};

// Writes an object to the backend and to the cluster.
class warming_upload : public upload {
public:
    warming_upload(std::unique_ptr<upload> data, std::shared_ptr<presence> present, std::string name)
        : data_(std::move(data)), present_(std::move(present)), name_(std::move(name)) {}

    result<void> write(std::span<std::byte const> data) override { return data_->write(data); }
    result<void> commit() override {
        auto done = data_->commit();
        if (done) present_->add(name_);
        return done;
    }

private:
    std::unique_ptr<upload> data_;
    std::shared_ptr<presence> present_;
    std::string name_;
};

class cold_bucket : public bucket {
public:
    cold_bucket(std::shared_ptr<bucket> backend, std::shared_ptr<presence> present, bucket_id backend_id)
        : backend_(std::move(backend)), present_(std::move(present)), backend_id_(std::move(backend_id)) {}

    std::optional<stored_object> open(std::string const& name) const override {
        if (!present_->has(name)) return std::nullopt;
        return backend_->open(name);
    }

    fetched fetch(std::string const& name) override {
        fetched out{.object = backend_->open(name)};
        out.was_cold = out.object && present_->add(name);
        return out;
    }

    std::optional<stored_object> open_anywhere(std::string const& name) const override { return backend_->open(name); }
    std::optional<bucket_id> backend() const override { return backend_id_; }

    result<std::unique_ptr<upload>> put(std::string const& name) override {
        auto data = backend_->put(name);
        if (!data) return data.error();
        return std::unique_ptr<upload>(std::make_unique<warming_upload>(std::move(*data), present_, name));
    }

    result<void> remove(std::string const& name) override {
        auto gone = backend_->remove(name);
        if (gone) present_->remove(name);
        return gone;
    }

    result<void> evict(std::string const& name) override {
        if (!present_->has(name)) return error(errc::missing, stage::usage, "the object is not in the cluster");
        present_->remove(name);
        return {};
    }

    std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
        auto page = backend_->list(prefix, after, limit);
        for (auto& object : page) object.present = present_->has(object.name);
        return page;
    }

private:
    std::shared_ptr<bucket> backend_;
    std::shared_ptr<presence> present_;
    bucket_id backend_id_;
};

class store_with_cold : public store {
public:
    store_with_cold(std::unique_ptr<store> rest, std::map<bucket_id, bucket_id> const& backends)
        : rest_(std::move(rest)) {
        for (auto const& [id, backend] : backends) cold_.try_emplace(id, backend, std::make_shared<presence>());
    }

    std::shared_ptr<bucket> find(bucket_id const& id) override {
        auto found = rest_->find(id);
        auto const at = cold_.find(id);
        if (!found || at == cold_.end()) return found;
        return std::make_shared<cold_bucket>(std::move(found), at->second.present, at->second.backend);
    }

    std::vector<bucket_id> names() override { return rest_->names(); }
    result<bool> create(bucket_id const& id) override { return rest_->create(id); }

    result<void> destroy(bucket_id const& id) override {
        if (auto const at = cold_.find(id); at != cold_.end()) at->second.present->clear();
        return rest_->destroy(id);
    }

    bool evict_all(bucket_id const& id) override {
        auto const at = cold_.find(id);
        if (at == cold_.end()) return false;
        at->second.present->clear();
        return true;
    }

private:
    struct cold {
        cold(bucket_id b, std::shared_ptr<presence> p) : backend(std::move(b)), present(std::move(p)) {}
        bucket_id backend;
        std::shared_ptr<presence> present;
    };
    std::unique_ptr<store> rest_;
    std::map<bucket_id, cold> cold_;
};

}  // namespace

std::unique_ptr<store> with_cold(std::unique_ptr<store> rest, std::map<bucket_id, bucket_id> const& backends) {
    return std::make_unique<store_with_cold>(std::move(rest), backends);
}

}  // namespace aisle::playground
