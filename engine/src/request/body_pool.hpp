#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace aisle::detail {

/// Memory for request bodies: a finished request's memory is reused by the next one. One thread, the shard's.
class body_pool {
public:
    /// Larger bodies are not kept.
    static constexpr std::size_t most_kept_bytes = std::size_t{256} << 10;
    static constexpr std::size_t most_kept = 64;

    /// An empty string, usually with capacity. Throws std::bad_alloc.
    std::shared_ptr<std::string> take() {
        // The one taken longest ago is the most likely to be free.
        for (std::size_t i = 0; i < all_.size(); ++i) {
            auto& body = all_[next_++ % all_.size()];
            if (body.use_count() > 1) continue;
            if (body->capacity() > most_kept_bytes) body = std::make_shared<std::string>();
            body->clear();
            return body;
        }
        auto body = std::make_shared<std::string>();
        if (all_.size() < most_kept) all_.push_back(body);
        return body;
    }

private:
    std::vector<std::shared_ptr<std::string>> all_;
    std::size_t next_ = 0;
};

}  // namespace aisle::detail
