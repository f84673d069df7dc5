#include "slab_memory.hpp"

#include <aisle/fork_generation.hpp>
#include <aisle/slab.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <mutex>
#include <new>
#include <utility>

namespace aisle {
namespace detail {

/// The store to which slabs return. It outlives the slab_pool while slabs are in use: the pool and each slab in use
/// count as owners.
class slab_store {
public:
    slab_store(std::size_t budget, std::shared_ptr<std::pmr::memory_resource> memory) noexcept
        : budget_(budget), memory_(std::move(memory)) {}

    slab* acquire(std::size_t min_capacity) {
        unsigned const size_class = class_of(min_capacity);
        std::size_t const capacity = capacity_of(size_class);
        slab* found = nullptr;
        slab* evicted = nullptr;
        {
            std::lock_guard lock(mutex_);
            found = pop(size_class);
            if (!found && idle_bytes() + in_use_bytes() + capacity > budget_) found = pop_larger(size_class);
            in_use_bytes_.fetch_add(found ? found->capacity_ : capacity, std::memory_order_relaxed);
            if (!found) evicted = evict();
            ++owners_;
        }
        destroy_all(evicted);
        if (!found) {
            try {
                found = create(size_class);
            } catch (...) {
                drop_in_use(capacity);
                drop_owner();
                throw;
            }
        }
        found->notes_.reset();
        return found;
    }

    void enlarge(slab* s, std::size_t min_capacity) {
        unsigned const size_class = class_of(min_capacity);
        if (size_class <= s->size_class_) return;
        std::size_t const capacity = capacity_of(size_class);
        std::size_t const more = capacity - s->capacity_;
        add_in_use(more);
        try {
            s->data_ = memory_.enlarge(s->data_, whole(s->capacity_), whole(capacity));
        } catch (...) {
            drop_in_use(more);
            throw;
        }
        s->capacity_ = capacity;
        s->size_class_ = size_class;
    }

    void add_in_use(std::size_t bytes) noexcept {
        slab* evicted = nullptr;
        {
            std::lock_guard lock(mutex_);
            in_use_bytes_.fetch_add(bytes, std::memory_order_relaxed);
            evicted = evict();
        }
        destroy_all(evicted);
    }
    void drop_in_use(std::size_t bytes) noexcept { in_use_bytes_.fetch_sub(bytes, std::memory_order_relaxed); }

    // Only the consumer's references remain.
    void handed_over(slab* s) noexcept {
        in_use_bytes_.fetch_sub(s->capacity_, std::memory_order_relaxed);
        kept_bytes_.fetch_add(s->capacity_, std::memory_order_relaxed);
    }

    void put_back(slab* s, bool kept) noexcept {
        (kept ? kept_bytes_ : in_use_bytes_).fetch_sub(s->capacity_, std::memory_order_relaxed);
        if (!is_of_a_parent()) {
            std::lock_guard lock(mutex_);
            if (keep_idle(s)) return;
        }
        destroy(s);
        drop_owner();
    }

    void close() noexcept {
        if (!is_of_a_parent()) {
            std::lock_guard lock(mutex_);
            closed_ = true;
            for (auto& idle : idle_) destroy_all(std::exchange(idle, nullptr));
            idle_bytes_ = 0;
        }
        drop_owner();
    }

    std::size_t budget() const noexcept { return budget_; }
    std::size_t in_use_bytes() const noexcept { return in_use_bytes_.load(std::memory_order_relaxed); }
    std::size_t kept_bytes() const noexcept { return kept_bytes_.load(std::memory_order_relaxed); }
    std::size_t idle_bytes() const noexcept { return idle_bytes_.load(std::memory_order_relaxed); }

private:
    static constexpr unsigned classes = 48;
    static unsigned class_of(std::size_t bytes) {
        if (bytes <= slab_pool::min_slab_bytes) return 0;
        unsigned const c = static_cast<unsigned>(std::bit_width(bytes - 1)) -
                           static_cast<unsigned>(std::bit_width(slab_pool::min_slab_bytes - 1));
        if (c >= classes || bytes > (std::size_t{1} << 62)) throw std::bad_alloc();
        return c;
    }
    static std::size_t capacity_of(unsigned size_class) { return slab_pool::min_slab_bytes << size_class; }
    static std::size_t whole(std::size_t capacity) { return capacity + slab::tail_bytes; }

    slab* create(unsigned size_class) {
        std::size_t const capacity = capacity_of(size_class);
        auto* const data = memory_.take(whole(capacity));
        try {
            return new slab(data, capacity, size_class, this);
        } catch (...) {
            memory_.give_back(data, whole(capacity));
            throw;
        }
    }
    void destroy(slab* s) noexcept {
        memory_.give_back(s->data_, whole(s->capacity_));
        delete s;
    }

    void destroy_all(slab* first) noexcept {
        while (first) destroy(std::exchange(first, first->next_idle_));
    }

    // Kept beyond the budget: a slab that a consumer returns is needed again soon, and page faults of a new one would
    // cost more than parsing.
    std::size_t passing_bytes() const noexcept { return std::min(budget_ / 4, std::size_t{32} << 20); }

    slab* pop(unsigned size_class) noexcept {
        slab* const out = idle_[size_class];
        if (!out) return nullptr;
        idle_[size_class] = out->next_idle_;
        set_idle_bytes(idle_bytes() - out->capacity_);
        return out;
    }

    // A larger slab instead of a new one of the right size: freeing it for a smaller one would cost page faults now,
    // and again when the larger one is needed.
    slab* pop_larger(unsigned size_class) noexcept {
        constexpr unsigned most_steps = 3;
        slab* out = nullptr;
        for (unsigned c = size_class + 1; c < classes && c <= size_class + most_steps && !out; ++c) out = pop(c);
        return out;
    }

    // Removes idle slabs that do not fit into the budget with those in use; the largest first, so that few are removed.
    slab* evict() noexcept {
        slab* out = nullptr;
        for (unsigned c = classes; c-- > 0 && idle_bytes() > 0;)
            while (idle_bytes() + in_use_bytes() > budget_) {
                slab* const s = pop(c);
                if (!s) break;
                s->next_idle_ = out;
                out = s;
            }
        return out;
    }

    // A thread of the parent may have held the lock during the fork. No thread of this process would ever release it.
    bool is_of_a_parent() const noexcept { return generation_ != fork_generation(); }

    // Slabs are kept only while the pool exists. The pool is an owner too, so the slab is not the last one.
    bool keep_idle(slab* s) noexcept {
        std::size_t const idle = idle_bytes() + s->capacity_;
        if (closed_ || idle > budget_ || idle + in_use_bytes() > budget_ + passing_bytes()) return false;
        s->next_idle_ = std::exchange(idle_[s->size_class_], s);
        set_idle_bytes(idle);
        --owners_;
        return true;
    }
    // Call with the lock: one writer at a time.
    void set_idle_bytes(std::size_t n) noexcept { idle_bytes_.store(n, std::memory_order_relaxed); }

    // A forked child never destroys its parent's store, because it must not wait for the lock.
    void drop_owner() noexcept {
        if (is_of_a_parent()) return;
        bool is_last = false;
        {
            std::lock_guard lock(mutex_);
            is_last = --owners_ == 0;
        }
        if (is_last) delete this;
    }

    std::size_t const budget_;
    slab_memory const memory_;
    unsigned const generation_ = fork_generation();
    std::atomic<std::size_t> in_use_bytes_{0};
    std::atomic<std::size_t> kept_bytes_{0};
    std::atomic<std::size_t> idle_bytes_{0};
    std::mutex mutex_;
    std::size_t owners_ = 1;
    bool closed_ = false;
    std::array<slab*, classes> idle_{};  // by class: the slab that returned last; the others follow by next_idle_
};

}  // namespace detail

// The last receiver's reference is dropped. All receivers together also hold one reference in the high half. It is
// dropped last, so that the slab and its store exist until the slab is counted.
void slab::last_received() noexcept {
    if (refs_.load(std::memory_order_acquire) == one_kept) {
        home_->put_back(this, false);
        return;
    }
    home_->handed_over(this);
    if (kept(refs_.fetch_sub(one_kept, std::memory_order_acq_rel)) == 1) last_kept();
}

void slab::last_kept() noexcept {
    home_->put_back(this, true);
}

slab_pool::slab_pool(std::size_t budget_bytes, std::shared_ptr<std::pmr::memory_resource> memory)
    : store_(new detail::slab_store(budget_bytes, std::move(memory))) {}
slab_pool::~slab_pool() {
    store_->close();
}
slab_ref slab_pool::acquire(std::size_t min_capacity_bytes) {
    return slab_ref(store_->acquire(min_capacity_bytes));
}
void slab_pool::enlarge(slab_ref const& of, std::size_t min_capacity_bytes) {
    store_->enlarge(of.get(), min_capacity_bytes);
}
void slab_pool::add_in_use(std::size_t bytes) noexcept {
    store_->add_in_use(bytes);
}
void slab_pool::drop_in_use(std::size_t bytes) noexcept {
    store_->drop_in_use(bytes);
}
std::size_t slab_pool::budget_bytes() const noexcept {
    return store_->budget();
}
std::size_t slab_pool::in_use_bytes() const noexcept {
    return store_->in_use_bytes();
}
std::size_t slab_pool::kept_bytes() const noexcept {
    return store_->kept_bytes();
}
std::size_t slab_pool::idle_bytes() const noexcept {
    return store_->idle_bytes();
}

}  // namespace aisle
