#pragma once

#include "client_core.hpp"

#include <aisle/http/read_pacing.hpp>
#include <aisle/http/response_parser.hpp>
#include <aisle/receive_buffer.hpp>

#include <optional>
#include <vector>

namespace aisle::http {

/// One request and its answer on one connection: what a response is made of. Stays at one address.
class exchange {
public:
    exchange(std::shared_ptr<client_core> core, url at);
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    ~exchange();

    /// Gets a connection, sends r and reads the head of the answer; on a kept-alive connection that turns out to be
    /// dead once more on a fresh one. r must stay where it is.
    task<result<void>> begin(request const& r);
    /// Reads what is left of a small body, forgets it and lets go of the slab, so that the connection may serve again.
    /// Gives up, and with it the connection, when the body is not small or something fails.
    task<void> drain();

    task<result<void>> read(partial_payload& hold);
    bool begin_read(partial_payload& hold);
    connection& wire() noexcept { return *lease_.operator->(); }
    void end_read(boost::system::error_code ec, std::size_t n);
    error const* failure() const noexcept { return failure_ ? &*failure_ : nullptr; }
    void cancel() noexcept { abandon(errc::cancelled); }

    response_parser const& parser() const noexcept { return parser_; }
    url const& at() const noexcept { return at_; }
    std::span<std::span<std::byte> const> pieces() const noexcept { return pieces_; }
    slab_ref const& slab() const noexcept { return buffer_.slab(); }
    bool complete() const noexcept {
        return parser_.complete() && !pieces_ahead_ && buffer_.unparsed().empty() && !failure_;
    }
    void set_patience(std::chrono::microseconds p) noexcept { pacing_.set_patience(p); }

private:
    task<result<void>> send(std::string_view head, request const& r);
    task<result<void>> send_body(body_source& from);
    task<result<void>> read_head();
    result<void> parse();
    error fail(error e);
    void abandon(errc why) noexcept;
    void finish() noexcept;

    std::shared_ptr<client_core> core_;
    url at_;
    connection_pool::lease lease_;
    receive_buffer buffer_;
    response_parser parser_;
    read_pacing pacing_;
    std::vector<std::span<std::byte>> pieces_;
    std::optional<error> failure_;
    std::chrono::milliseconds idle_limit_{0};  // for the body
    bool pieces_ahead_ = false;                // parsed along with the head and not yet given out
    bool waits_ = false;                       // for bytes, as long as the idle timeout allows
    bool answered_ = false;                    // a byte of an answer has come
    bool unreadable_ = false;                  // the request's body could not be read
    bool reusable_ = true;
};

}  // namespace aisle::http
