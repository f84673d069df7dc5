#pragma once

#include "client_core.hpp"

#include <aisle/http/read_pacing.hpp>
#include <aisle/http/response_parser.hpp>
#include <aisle/receive_buffer.hpp>
#include <aisle/recycler.hpp>

#include <optional>
#include <vector>

namespace aisle::http {

/// One request and its response on one connection: the implementation of a response. Not movable.
class exchange : public recycled_object {
public:
    exchange(std::shared_ptr<client_core> core, url at);
    exchange(exchange const&) = delete;
    exchange& operator=(exchange const&) = delete;
    ~exchange();

    /// Gets a connection, sends r and reads the head of the response; repeats this once on a fresh connection if a
    /// kept-alive one turns out to be dead. r must not be moved meanwhile.
    task<result<void>> begin(request const& r);
    /// Reads and drops the rest of a small body and releases the slab, so that the connection can be reused. If the
    /// body is not small or something fails, closes the connection.
    task<void> drain();

    task<result<void>> read(partial_payload& hold);
    bool begin_read(partial_payload& hold);
    connection& wire() noexcept { return *lease_.operator->(); }
    void end_read(boost::system::error_code ec, std::size_t n);
    bool read_arrived(partial_payload& hold);
    bool expects_more() const noexcept { return expects_more_; }
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
    std::span<std::byte> room_for(partial_payload& hold);
    void take(result<connection::read_step> const& got);
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
    bool pieces_ahead_ = false;                // parsed with the head and not yet returned
    std::size_t room_ = 0;                     // of the newest read
    bool expects_more_ = false;                // more data, after the newest read
    bool waits_ = false;                       // for bytes, up to the idle timeout
    bool answered_ = false;                    // a byte of a response has arrived
    bool unreadable_ = false;                  // the request's body could not be read
    bool reusable_ = true;
};

}  // namespace aisle::http
