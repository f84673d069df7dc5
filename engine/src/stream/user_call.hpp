#pragma once

#include "../engine/failure.hpp"
#include "stream_job.hpp"

#include <exception>

namespace aisle::detail {

/// Calls the user's code without the lock. An exception cancels the stream; so does the end of the thread
/// (pthread_exit, pthread_cancel), which then continues. Locked again afterwards.
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
        if (!thrown) {  // not a C++ exception: the thread is ending
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
        // If it is not the first, destroying it runs the user's code: here, or at the end of this block.
        held.unlock();
        thrown = nullptr;
    }
    held.lock();
    end(held, here);
}

}  // namespace aisle::detail
