#include "store.hpp"

#include <algorithm>

namespace aisle::playground {
namespace {

error read_only() {
    return {errc::unsupported, stage::usage, "synthetic objects cannot be changed"};
}

class made_up_bucket : public bucket {
public:
    explicit made_up_bucket(synthetic what) : what_(std::move(what)) {}

    std::optional<stored_object> open(std::string const& name) const override {
        auto const index = synthetic_index(name);
        if (!index || *index >= what_.count) return std::nullopt;
        return stored_object::made_up(*index, what_.size);
    }

    result<std::unique_ptr<upload>> put(std::string const&) override { return read_only(); }
    result<void> remove(std::string const&) override { return read_only(); }

    // Names sort by index, because indices have at most eight digits. So a page is found by bisection.
    std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
        std::uint64_t low = 0;
        for (auto high = what_.count; low < high;) {
            auto const middle = low + (high - low) / 2;
            auto const name = synthetic_name(middle);
            if (name <= after || name < prefix) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        std::vector<listed_object> page;
        for (; low < what_.count && page.size() < limit; ++low) {
            auto name = synthetic_name(low);
            if (!name.starts_with(prefix)) break;
            page.push_back({std::move(name), what_.size});
        }
        return page;
    }

private:
    synthetic what_;
};

class store_with_made_up : public store {
public:
    store_with_made_up(std::unique_ptr<store> rest, synthetic what)
        : rest_(std::move(rest)),
          id_{.name = what.bucket},
          bucket_(std::make_shared<made_up_bucket>(std::move(what))) {}

    std::shared_ptr<bucket> find(bucket_id const& id) override { return id == id_ ? bucket_ : rest_->find(id); }

    std::vector<bucket_id> names() override {
        auto all = rest_->names();
        std::erase(all, id_);
        all.insert(std::ranges::upper_bound(all, id_), id_);
        return all;
    }

    result<bool> create(bucket_id const& id) override {
        if (id == id_) return false;
        return rest_->create(id);
    }

    result<void> destroy(bucket_id const& id) override {
        if (id == id_) return read_only();
        return rest_->destroy(id);
    }

    bool evict_all(bucket_id const& id) override { return rest_->evict_all(id); }

private:
    std::unique_ptr<store> rest_;
    bucket_id id_;
    std::shared_ptr<bucket> bucket_;
};

}  // namespace

std::unique_ptr<store> with_made_up(std::unique_ptr<store> rest, synthetic made_up) {
    return std::make_unique<store_with_made_up>(std::move(rest), std::move(made_up));
}

}  // namespace aisle::playground
