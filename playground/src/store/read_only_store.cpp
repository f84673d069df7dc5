#include "store.hpp"

namespace aisle::playground {
namespace {

error read_only() {
    return {errc::unsupported, stage::usage,
            "the folder is served read-only: start aisle serve with --writable to allow changes"};
}

class read_only_bucket : public bucket {
public:
    explicit read_only_bucket(std::shared_ptr<bucket> rest) : rest_(std::move(rest)) {}

    std::optional<stored_object> open(std::string const& name) const override { return rest_->open(name); }
    result<std::unique_ptr<upload>> put(std::string const&) override { return read_only(); }
    result<void> remove(std::string const&) override { return read_only(); }
    std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
        return rest_->list(prefix, after, limit);
    }

private:
    std::shared_ptr<bucket> rest_;
};

class read_only_store : public store {
public:
    explicit read_only_store(std::unique_ptr<store> rest) : rest_(std::move(rest)) {}

    std::shared_ptr<bucket> find(bucket_id const& id) override {
        auto found = rest_->find(id);
        return found ? std::make_shared<read_only_bucket>(std::move(found)) : nullptr;
    }
    std::vector<bucket_id> names() override { return rest_->names(); }
    result<bool> create(bucket_id const& id) override {
        if (rest_->find(id)) return false;
        return read_only();
    }
    result<void> destroy(bucket_id const&) override { return read_only(); }

private:
    std::unique_ptr<store> rest_;
};

}  // namespace

std::unique_ptr<store> as_read_only(std::unique_ptr<store> rest) {
    return std::make_unique<read_only_store>(std::move(rest));
}

}  // namespace aisle::playground
