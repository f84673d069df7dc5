#include <aisle/http/response_parser.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <string>
#include <utility>

namespace aisle::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::iequals;
using boost::beast::string_view;
using boost::system::error_code;

// AIStore writes an object's name into a Location as it is, control bytes included. RFC 9110, section 5.5, lets a
// recipient keep them where they do no harm; Beast refuses them, so they become spaces. CR, LF and NUL stay for it to
// judge.
void blank_control_bytes(std::span<std::byte> head) {
    for (std::size_t i = 0; i < head.size(); ++i) {
        auto& byte = head[i];
        // The empty line ends the head; what stands before it may be parsed already.
        bool const line_ends = byte == std::byte{'\n'} && i >= 1 && head[i - 1] == std::byte{'\r'};
        if (line_ends && (i == 1 || head[i - 2] == std::byte{'\n'})) return;
        bool const is_control = byte < std::byte{' '} || byte == std::byte{0x7f};
        if (is_control && byte != std::byte{'\r'} && byte != std::byte{'\n'} && byte != std::byte{0})
            byte = std::byte{' '};
    }
}

}  // namespace

class response_parser::impl final : public beast_http::basic_parser<false> {
public:
    explicit impl(body b) : expects(b) {
        eager(true);  // one call takes all there is; without it, one call a chunk
        header_limit(max_head_bytes);
        body_limit(boost::none);
        skip(b == body::none);
    }

    bool interim() const noexcept { return is_done() && code / 100 == 1; }

    body const expects;
    std::span<std::byte> raw;  // the buffer being parsed
    std::vector<std::span<std::byte>>* pieces = nullptr;
    int code = 0;
    bool http_1_1 = false;
    bool chunk_seen = false;
    std::size_t head_bytes = 0;
    std::uint64_t body_bytes = 0;
    std::vector<std::pair<std::string, std::string>> fields;
    std::string why;  // words for an error that is ours and not Beast's

private:
    void on_request_impl(beast_http::verb, string_view, string_view, int, error_code&) override {}

    void on_response_impl(int status, string_view, int version, error_code&) override {
        code = status;
        http_1_1 = version == 11;
    }

    void on_field_impl(beast_http::field which, string_view name, string_view value, error_code& ec) override {
        // Beast's own limit is for what is unparsed, so endless small fields would pass it.
        head_bytes += name.size() + value.size() + 4;
        if (head_bytes > max_head_bytes) return refuse(ec, errc::limit_exceeded, "the head is over 64 KiB");
        if (is_header_done()) return;  // a trailer: nothing here looks at those
        if (which == beast_http::field::transfer_encoding && !iequals(value, "chunked"))
            return refuse(ec, errc::bad_http, "a Transfer-Encoding other than chunked");
        fields.emplace_back(name, value);
    }

    void on_header_impl(error_code& ec) override {
        if (code == 101) return refuse(ec, errc::bad_http, "a change of protocol that nobody asked for");
        // Without length or chunks the body ends where the connection does, and a cut looks the same. HTTP/1.0 knows
        // no chunks (RFC 9112, section 6.1).
        if (need_eof() || (chunked() && !http_1_1))
            refuse(ec, errc::unframed_body, "neither Content-Length nor chunks: its end could not be told from a cut");
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view run, error_code&) override { return give(run); }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override { chunk_seen = true; }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view run, error_code&) override { return give(run); }
    void on_finish_impl(error_code&) override {}

    std::size_t give(string_view run) {
        if (!run.empty()) {
            auto const at = run.data() - reinterpret_cast<char const*>(raw.data());
            pieces->push_back(raw.subspan(static_cast<std::size_t>(at), run.size()));
            body_bytes += run.size();
        }
        return run.size();
    }

    void refuse(error_code& ec, errc e, char const* words) {
        ec = make_error_code(e);
        why = words;
    }
};

response_parser::response_parser(body b) : impl_(std::make_unique<impl>(b)) {}
response_parser::~response_parser() = default;
response_parser::response_parser(response_parser&&) noexcept = default;
response_parser& response_parser::operator=(response_parser&&) noexcept = default;

result<std::size_t> response_parser::parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces) {
    std::size_t used = 0;
    while (used < raw.size()) {
        if (complete())
            return used ? result<std::size_t>(used)
                        : located({errc::trailing_data, stage::response,
                                   std::to_string(raw.size()) + " bytes follow the end of the answer"});
        auto const rest = raw.subspan(used);
        // Beast asserts 5 bytes of a final chunk that is the first one, though it asks for more at fewer.
        bool const maybe_empty_body = head_done() && impl_->chunked() && !impl_->chunk_seen;
        if (maybe_empty_body && rest.size() < 5 && rest.front() == std::byte{'0'}) return used;
        if (!head_done()) blank_control_bytes(rest);
        impl_->raw = rest;
        impl_->pieces = &pieces;
        error_code ec;
        std::size_t const taken = impl_->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
        used += taken;
        if (ec == beast_http::error::need_more) {
            if (raw.size() - used <= max_head_bytes) return used;
            return located({errc::limit_exceeded, stage::response, "a chunk line or trailers over 64 KiB"});
        }
        if (ec == beast_http::error::header_limit)
            return located({errc::limit_exceeded, stage::response, "the head is over 64 KiB"});
        if (ec.category() == errc_category()) return located({ec, stage::response, impl_->why});
        if (ec) return located({errc::bad_http, stage::response, ec.message()});
        if (impl_->interim()) impl_ = std::make_unique<impl>(impl_->expects);
    }
    return used;
}

result<void> response_parser::end_of_stream() const {
    if (complete()) return {};
    if (head_done())
        return located({errc::truncated_body, stage::response, "the connection ended in the middle of the body"});
    return located({errc::connection_lost, stage::response, "the connection ended before the head of an answer"});
}

bool response_parser::head_done() const noexcept {
    return impl_->is_header_done();
}
bool response_parser::complete() const noexcept {
    return impl_->is_done();
}
bool response_parser::keep_alive() const noexcept {
    return head_done() && impl_->keep_alive();
}
int response_parser::status() const noexcept {
    return impl_->code;
}
std::uint64_t response_parser::body_bytes() const noexcept {
    return impl_->body_bytes;
}

std::optional<std::uint64_t> response_parser::body_left() const noexcept {
    if (!head_done()) return std::nullopt;
    auto const left = impl_->content_length_remaining();
    return left ? std::optional<std::uint64_t>(*left) : std::nullopt;
}

std::string_view response_parser::header(std::string_view name) const noexcept {
    for (auto const& [field, value] : impl_->fields)
        if (iequals(field, string_view(name.data(), name.size()))) return value;
    return {};
}

error response_parser::located(error e) const {
    e.http_status = status();
    if (head_done()) e.offset = body_bytes();
    return e;
}

}  // namespace aisle::http
