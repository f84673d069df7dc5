#include "error.hpp"

#include <aisle/retry.hpp>
#include <aisle/version.hpp>

#include <exception>
#include <new>
#include <system_error>
#include <utility>

aisle_error::aisle_error(aisle::error what)
    : value(std::move(what)),
      status(aisle::capi::status_of(value)),
      name(aisle::name_of(value.code)),
      message(value.message()),
      retryable(aisle::is_retryable(value)) {}

namespace aisle::capi {
namespace {

error lack_of_memory() {
    return error(boost::system::errc::make_error_code(boost::system::errc::not_enough_memory), stage::usage,
                 "out of memory");
}

// Created when the library is loaded, because later there may be no memory for it.
aisle_error no_memory(lack_of_memory());

aisle_status status_of(errc code) noexcept {
    switch (code) {
        case errc::invalid_argument:
        case errc::invalid_entry:
        case errc::invalid_endpoint: return AISLE_INVALID_ARGUMENT;
        case errc::unsupported:
        case errc::no_such_checksum: return AISLE_UNSUPPORTED;
        case errc::cancelled: return AISLE_CANCELLED;
        case errc::deadline_exceeded:
        case errc::connect_timeout:
        case errc::first_byte_timeout:
        case errc::idle_timeout: return AISLE_TIMED_OUT;
        case errc::resolve_failed:
        case errc::connect_failed:
        case errc::connection_lost:
        case errc::tls_failed:
        case errc::map_unavailable: return AISLE_UNREACHABLE;
        case errc::server_error: return AISLE_REFUSED;
        case errc::missing: return AISLE_MISSING;
        case errc::callback_failed: return AISLE_CALLBACK_FAILED;
        case errc::bad_http:
        case errc::truncated_body:
        case errc::content_encoding:
        case errc::unframed_body:
        case errc::trailing_data:
        case errc::bad_redirect:
        case errc::too_many_redirects:
        case errc::wrong_content_type:
        case errc::bad_multipart:
        case errc::truncated_multipart:
        case errc::bad_metadata:
        case errc::bad_archive:
        case errc::truncated_archive:
        case errc::trailing_archive_data:
        case errc::limit_exceeded:
        case errc::short_batch:
        case errc::excess_members:
        case errc::wrong_member:
        case errc::wrong_size:
        case errc::wrong_checksum:
        case errc::metadata_mismatch: return AISLE_BAD_ANSWER;
    }
    return AISLE_SYSTEM_ERROR;
}

error current_exception_as_error() {
    try {
        throw;
    } catch (exception const& e) {
        return e.why();
    } catch (std::bad_alloc const&) {
        return lack_of_memory();
    } catch (std::system_error const& e) {
        return error(boost::system::error_code(e.code().value(), boost::system::system_category()), stage::usage,
                     e.what());
    } catch (std::exception const& e) {
        return error(errc::callback_failed, stage::usage, std::string("a callback threw: ") + e.what());
    } catch (...) {
        return error(errc::callback_failed, stage::usage, "a callback threw an exception that is not a std::exception");
    }
}

}  // namespace

aisle_status status_of(error const& why) noexcept {
    if (why.code.category() == errc_category()) return status_of(static_cast<errc>(why.code.value()));
    if (why.code == boost::system::errc::not_enough_memory) return AISLE_NO_MEMORY;
    return why.where == stage::usage ? AISLE_SYSTEM_ERROR : AISLE_UNREACHABLE;
}

aisle_error* make_error(error why) noexcept {
    try {
        return new aisle_error(std::move(why));
    } catch (...) {
        return &no_memory;
    }
}

aisle_status store_current_exception(aisle_error** to) {
    if (!std::current_exception()) throw;  // no exception: pthread_exit() or pthread_cancel() ends the thread
    aisle_error* made = &no_memory;
    try {
        made = make_error(current_exception_as_error());
    } catch (...) {
        // There is no memory for the text: no_memory is returned.
    }
    auto const status = made->status;
    if (to)
        *to = made;
    else
        aisle_error_free(made);
    return status;
}

void refuse(errc code, std::string text) {
    throw exception(error(code, stage::usage, std::move(text)));
}

}  // namespace aisle::capi

char const* aisle_version(void) {
    return aisle::version().data();
}

aisle_status aisle_error_status(aisle_error const* error) {
    return error ? error->status : AISLE_OK;
}

char const* aisle_error_name(aisle_error const* error) {
    return error ? error->name.c_str() : "";
}

char const* aisle_error_message(aisle_error const* error) {
    return error ? error->message.c_str() : "";
}

int aisle_error_http_status(aisle_error const* error) {
    return error ? error->value.http_status : 0;
}

char const* aisle_error_server_text(aisle_error const* error) {
    return error ? error->value.server_text.c_str() : "";
}

char const* aisle_error_server_code(aisle_error const* error) {
    return error ? error->value.server_code.c_str() : "";
}

int aisle_error_is_retryable(aisle_error const* error) {
    return error && error->retryable;
}

void aisle_error_free(aisle_error* error) {
    if (error != &aisle::capi::no_memory) delete error;
}
