#pragma once

#include <chrono>
#include <thread>

namespace aisle::test {

/// Waits until the condition holds, at most 30 s: so long that no delay of a busy machine makes a test fail. False if
/// it does not hold by then.
template <class F>
bool soon(F condition) {
    auto const give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > give_up) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
}

}  // namespace aisle::test
