#include "failure.hpp"

#include <new>
#include <string>

namespace aisle::detail {
namespace {

template <class Words>
error with_words(error e, Words make) noexcept {
    try {
        e.text = make();
    } catch (...) {
        e.text.clear();
    }
    return e;
}

std::string what_of(std::exception_ptr const& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (std::exception const& e) {
        return std::string(": ") + e.what();
    } catch (...) {
        return " something that is not a std::exception";
    }
}

}  // namespace

error said(errc code, char const* words) noexcept {
    return with_words(error{code, stage::usage}, [&] { return std::string(words); });
}

error out_of_memory() noexcept {
    return with_words(error{make_error_code(boost::system::errc::not_enough_memory), stage::response},
                      [] { return std::string("an allocation failed; the stream was cancelled"); });
}

error callback_threw(char const* whose, std::exception_ptr const& thrown) noexcept {
    error e{errc::callback_failed, stage::usage};
    e.thrown = thrown;
    return with_words(std::move(e), [&] { return std::string(whose) + " threw" + what_of(thrown); });
}

error failed_with(std::exception_ptr const& failure) noexcept {
    try {
        std::rethrow_exception(failure);
    } catch (std::bad_alloc const&) {
        return out_of_memory();
    } catch (...) {
        return with_words(error{errc::limit_exceeded, stage::response},
                          [&] { return "reading the response failed" + what_of(failure); });
    }
}

error copy_of(error const& e) noexcept {
    try {
        return e;
    } catch (...) {
        error bare{e.code, e.where};
        bare.thrown = e.thrown;
        return bare;
    }
}

}  // namespace aisle::detail
