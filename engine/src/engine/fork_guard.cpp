#include "fork_guard.hpp"

#include "engine_impl.hpp"

#include <atomic>
#include <cstdlib>
#include <new>
#include <pthread.h>
#include <vector>

namespace aisle::detail::fork_guard {
namespace {

struct engines {
    engines() {
        ::pthread_atfork([] { known().mutex.lock(); },  //
                         [] {
                             auto const wanted = known().when;
                             known().mutex.unlock();
                             if (wanted == fork_resume::at_fork) go_on();
                         },
                         [] {
                             known().all.clear();
                             known().when = fork_resume::at_fork;
                             known().mutex.unlock();
                         });
    }

    static engines& known();
    static std::vector<std::shared_ptr<engine_impl>> alive();

    std::mutex mutex;
    fork_resume when = fork_resume::at_fork;  // of the next fork
    std::vector<std::weak_ptr<engine_impl>> all;
};

engines& engines::known() {
    static auto& it = *new engines;  // never destroyed: the program may fork at any time
    return it;
}

std::vector<std::shared_ptr<engine_impl>> engines::alive() {
    std::vector<std::shared_ptr<engine_impl>> out;
    auto const held = lock();
    out.reserve(known().all.size());
    for (auto const& e : known().all)
        if (auto one = e.lock()) out.push_back(std::move(one));
    return out;
}

}  // namespace

std::unique_lock<std::mutex> lock() {
    return std::unique_lock(engines::known().mutex);
}

void add(std::weak_ptr<engine_impl> e) {
    auto const held = lock();
    add_locked(std::move(e));
}

void add_locked(std::weak_ptr<engine_impl> e) {
    auto& all = engines::known().all;
    std::erase_if(all, [](auto const& each) { return each.expired(); });
    all.push_back(std::move(e));
}

bool halt_all(fork_resume when) {
    auto const all = engines::alive();
    for (auto const& e : all)
        if (e->is_own_thread()) return false;
    {
        auto const held = lock();
        engines::known().when = when;
    }
    for (auto const& e : all) e->halt();
    return true;
}

void go_on() noexcept {
    try {
        {
            auto const held = lock();
            engines::known().when = fork_resume::at_fork;
        }
        for (auto const& e : engines::alive())
            if (e->has_work()) e->resume();
    } catch (...) {  // no memory, no thread: the next use of the engine tries again
    }
}

void keep_for_ever(std::shared_ptr<void const> of_a_parent) noexcept {
    struct kept {
        std::shared_ptr<void const> what;
        kept* next;
    };
    static std::atomic<kept*> last{nullptr};
    auto* const mine = new (std::nothrow) kept{std::move(of_a_parent), last.load()};
    if (!mine) std::abort();  // nothing else is safe
    while (!last.compare_exchange_weak(mine->next, mine)) {
    }
}

}  // namespace aisle::detail::fork_guard
