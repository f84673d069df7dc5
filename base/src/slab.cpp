#include <aisle/slab.hpp>

#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <vector>

namespace aisle {
namespace detail {

/// What slabs return to. Outlives the slab_pool while slabs are out: the pool holds one count, each slab in use one.
class slab_store {
public:
    explicit slab_store(std::size_t budget) noexcept : budget_(budget) {}

    slab* acquire(std::size_t min_capacity) {
        unsigned const size_class = class_of(min_capacity);
        std::size_t const capacity = capacity_of(size_class);
        slab* found = nullptr;
        {
            std::lock_guard lock(mutex_);
            auto& idle = idle_[size_class];
            if (!idle.empty()) {
                found = idle.back();
                idle.pop_back();
                idle_bytes_.fetch_sub(capacity, std::memory_order_relaxed);
            }
        }
        if (!found) found = create(size_class);
        in_use_bytes_.fetch_add(capacity, std::memory_order_relaxed);
        owners_.fetch_add(1, std::memory_order_relaxed);
        return found;
    }

    void put_back(slab* s) noexcept {
        in_use_bytes_.fetch_sub(s->capacity_, std::memory_order_relaxed);
        if (!keep_idle(s)) destroy(s);
        drop_owner();
    }

    void close() noexcept {
        {
            std::lock_guard lock(mutex_);
            closed_ = true;
            for (auto& idle : idle_)
                for (slab* s : std::exchange(idle, {})) destroy(s);
            idle_bytes_ = 0;
        }
        drop_owner();
    }

    std::size_t budget() const noexcept { return budget_; }
    std::size_t in_use_bytes() const noexcept { return in_use_bytes_.load(std::memory_order_relaxed); }
    std::size_t idle_bytes() const noexcept { return idle_bytes_.load(std::memory_order_relaxed); }

private:
    static constexpr unsigned classes = 48;
    static constexpr std::align_val_t alignment{4096};

    static unsigned class_of(std::size_t bytes) {
        if (bytes <= slab_pool::min_slab_bytes) return 0;
        unsigned const c = static_cast<unsigned>(std::bit_width(bytes - 1)) -
                           static_cast<unsigned>(std::bit_width(slab_pool::min_slab_bytes - 1));
        if (c >= classes || bytes > (std::size_t{1} << 62)) throw std::bad_alloc();
        return c;
    }
    static std::size_t capacity_of(unsigned size_class) { return slab_pool::min_slab_bytes << size_class; }

    slab* create(unsigned size_class) {
        std::size_t const capacity = capacity_of(size_class);
        auto* data = static_cast<std::byte*>(::operator new(capacity + slab::tail_bytes, alignment));
        try {
            return new slab(data, capacity, size_class, this);
        } catch (...) {
            ::operator delete(data, alignment);
            throw;
        }
    }
    static void destroy(slab* s) noexcept {
        ::operator delete(s->data_, alignment);
        delete s;
    }

    bool keep_idle(slab* s) noexcept {
        std::lock_guard lock(mutex_);
        std::size_t const held = idle_bytes() + in_use_bytes() + s->capacity_;
        if (closed_ || held > budget_) return false;
        try {
            idle_[s->size_class_].push_back(s);
        } catch (std::bad_alloc const&) {
            return false;
        }
        idle_bytes_.fetch_add(s->capacity_, std::memory_order_relaxed);
        return true;
    }

    void drop_owner() noexcept {
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
    }

    std::size_t const budget_;
    std::atomic<std::size_t> in_use_bytes_{0};
    std::atomic<std::size_t> idle_bytes_{0};
    std::atomic<std::size_t> owners_{1};
    std::mutex mutex_;
    bool closed_ = false;
    std::array<std::vector<slab*>, classes> idle_;
};

}  // namespace detail

void slab::release() noexcept {
    home_->put_back(this);
}

slab_pool::slab_pool(std::size_t budget_bytes) : store_(new detail::slab_store(budget_bytes)) {}
slab_pool::~slab_pool() {
    store_->close();
}
slab_ref slab_pool::acquire(std::size_t min_capacity_bytes) {
    return slab_ref(store_->acquire(min_capacity_bytes));
}
std::size_t slab_pool::budget_bytes() const noexcept {
    return store_->budget();
}
std::size_t slab_pool::in_use_bytes() const noexcept {
    return store_->in_use_bytes();
}
std::size_t slab_pool::idle_bytes() const noexcept {
    return store_->idle_bytes();
}

}  // namespace aisle
