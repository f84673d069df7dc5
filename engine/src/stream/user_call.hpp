#pragma once

#include "../engine/failure.hpp"
#include "stream_job.hpp"

#include <exception>

namespace aisle::detail {

/// Calls the user's code without the lock. What it throws cancels the stream; the end of the thread (pthread_exit,
/// pthread_cancel) cancels it too and goes on. Locked again afterwards.
template <class F>
void stream_job::call(lock& held, code what, F&& f) {
    user_call here{what, std::this_thread::get_id()};
    begin(here);
    held.unlock();
    std::exception_ptr thrown;
    try {
        f();
    } catch (...) {
        thrown = std::current_exception();
        if (!thrown) {  // no exception of C++: the thread ends
            held.lock();
            end(held, here);
            cancel_locked(said(errc::callback_failed, "the thread was ended inside a callback"));
            signal_shards(held);
            changed_.notify_all();
            held.unlock();
            throw;
        }
    }
    if (thrown) {
        auto why = callback_threw(whose(what), thrown);
        held.lock();
        cancel_locked(std::move(why));
        signal_shards(held);
        // Where it is not the first, its destructor is the user's code.
        held.unlock();
        why.thrown = nullptr;
        thrown = nullptr;
    }
    held.lock();
    end(held, here);
}

}  // namespace aisle::detail
