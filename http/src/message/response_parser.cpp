#include "chunk_reader.hpp"

#include <aisle/http/response_parser.hpp>
#include <aisle/recycler.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace aisle::http {
namespace {

namespace beast_http = boost::beast::http;
using boost::beast::iequals;
using boost::beast::string_view;
using boost::system::error_code;

// AIStore copies an object's name into a Location unescaped, including control bytes. RFC 9110, section 5.5, allows a
// recipient to retain them where they are harmless. Beast rejects them, so they are replaced by spaces. CR, LF and NUL
// are left for Beast to check.
void blank_control_bytes(std::span<std::byte> head) {
    std::string_view const text(reinterpret_cast<char const*>(head.data()), head.size());
    // The empty line ends the head; the bytes before it may be parsed already.
    if (text.starts_with("\r\n")) return;
    for (auto& byte : head.first(std::min(text.find("\n\r\n"), head.size()))) {
        bool const is_control = byte < std::byte{' '} || byte == std::byte{0x7f};
        bool const stays = byte == std::byte{'\r'} || byte == std::byte{'\n'} || byte == std::byte{0};
        byte = is_control && !stays ? std::byte{' '} : byte;
    }
}

// A status line without reason phrase, and without the space before it, which RFC 9112, section 4, requires:
// "HTTP/1.1 200" CRLF. Go and curl accept it.
constexpr std::size_t bare_status_bytes = 12;
constexpr std::size_t bare_status_line_bytes = bare_status_bytes + 2;

bool is_bare_status_line(std::span<std::byte const> head) noexcept {
    return head.size() >= bare_status_line_bytes && head[bare_status_bytes] == std::byte{'\r'} &&
           head[bare_status_bytes + 1] == std::byte{'\n'};
}

bool may_begin_status_line(std::span<std::byte const> head) noexcept {
    constexpr std::string_view name = "HTTP/1.";
    return std::equal(head.begin(), head.begin() + static_cast<std::ptrdiff_t>(std::min(head.size(), name.size())),
                      name.begin(), [](std::byte b, char c) { return static_cast<char>(b) == c; });
}

}  // namespace

// Parses the head. Beast does not parse the body, because its chunk parser asserts on small inputs, does not stop at a
// chunk line that ends with LF alone, and rejects blanks after a chunk size.
class response_parser::impl final : public recycled_object, public beast_http::basic_parser<false> {
public:
    explicit impl(body b) : expects(b) {
        eager(false);  // one call ends with the head
        header_limit(max_head_bytes);
        body_limit(boost::none);
        skip(b == body::none);
    }

    bool interim() const noexcept { return is_header_done() && code / 100 == 1; }
    bool body_done() const noexcept { return is_done() || (chunked() ? chunks.done() : left == 0); }

    body const expects;
    int code = 0;
    bool http_1_1 = false;
    std::size_t head_bytes = 0;
    std::uint64_t body_bytes = 0;
    std::uint64_t left = 0;  // bytes left of a body with a length
    chunk_reader chunks;
    std::string why;  // text for an error that is ours and not Beast's

    // The value of the first field with this name; nullopt if there is none.
    std::optional<std::string_view> field_value(string_view name) const noexcept {
        std::string_view rest = text_;
        for (auto const& [name_bytes, value_bytes] : fields_) {
            auto const of_name = rest.substr(0, name_bytes);
            auto const of_value = rest.substr(name_bytes, value_bytes);
            if (iequals(string_view(of_name.data(), of_name.size()), name)) return of_value;
            rest.remove_prefix(name_bytes + value_bytes);
        }
        return std::nullopt;
    }
    bool has_field(string_view name) const noexcept { return field_value(name).has_value(); }

    // Describes an error found by Beast.
    std::string message_of(error_code ec) const {
        bool const of_framing = ec == beast_http::error::bad_content_length ||
                                ec == beast_http::error::multiple_content_length ||
                                ec == beast_http::error::bad_transfer_encoding;
        if (of_framing && (has_field("Transfer-Encoding") || has_field("Content-Length")))
            return has_field("Transfer-Encoding") != (ec == beast_http::error::bad_transfer_encoding)
                       ? "both Content-Length and Transfer-Encoding: the end of the body is ambiguous"
                       : "more than one Content-Length or Transfer-Encoding: the end of the body is ambiguous";
        return ec.message();
    }

private:
    void on_request_impl(beast_http::verb, string_view, string_view, int, error_code&) override {}

    void on_response_impl(int status, string_view, int version, error_code& ec) override {
        if (status < 100) return refuse(ec, errc::bad_http, "a status below 100");
        code = status;
        http_1_1 = version == 11;
    }

    void on_field_impl(beast_http::field which, string_view name, string_view value, error_code& ec) override {
        // Beast limits only the unparsed bytes, so many small fields would get past its limit.
        head_bytes += name.size() + value.size() + 4;
        if (head_bytes > max_head_bytes) return refuse(ec, errc::limit_exceeded, "the head is over 64 KiB");
        if (which == beast_http::field::transfer_encoding && !iequals(value, "chunked"))
            return refuse(ec, errc::bad_http, "unsupported Transfer-Encoding: only chunked is supported");
        if (fields_.empty()) {
            // Enough for the heads that AIStore sends: two allocations per head.
            text_.reserve(usual_head_bytes);
            fields_.reserve(usual_fields);
        }
        text_.append(name).append(value);
        fields_.emplace_back(static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size()));
    }

    void on_header_impl(error_code& ec) override {
        if (code == 101) return refuse(ec, errc::bad_http, "unexpected protocol switch (status 101)");
        // Without length or chunks the body ends with the connection, and a truncated body looks the same. HTTP/1.0
        // has no chunks (RFC 9112, section 6.1).
        if (need_eof() || (chunked() && !http_1_1))
            refuse(ec, errc::unframed_body,
                   "neither Content-Length nor chunks: a truncated body could not be detected");
    }

    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(string_view, error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
    void on_finish_impl(error_code&) override {}

    void refuse(error_code& ec, errc e, char const* text) {
        ec = make_error_code(e);
        why = text;
    }

    static constexpr std::size_t usual_head_bytes = 1024;
    static constexpr std::size_t usual_fields = 16;
    recycled_string text_;                                             // names and values, concatenated
    recycled_vector<std::pair<std::uint32_t, std::uint32_t>> fields_;  // their sizes
};

response_parser::response_parser(body b) : impl_(std::make_unique<impl>(b)) {}
response_parser::~response_parser() = default;
response_parser::response_parser(response_parser&&) noexcept = default;
response_parser& response_parser::operator=(response_parser&&) noexcept = default;

result<std::size_t> response_parser::parse(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces) {
    std::size_t used = 0;
    while (used < raw.size()) {
        auto const rest = raw.subspan(used);
        if (complete()) {
            // An empty line may follow a response that ends its connection; Go and curl accept it.
            bool const line_end = rest.front() == std::byte{'\r'} || rest.front() == std::byte{'\n'};
            if (line_end && !keep_alive()) {
                ++used;
                continue;
            }
            return used ? result<std::size_t>(used)
                        : located({errc::trailing_data, stage::response,
                                   std::to_string(raw.size()) + " bytes follow the end of the response"});
        }
        auto const taken = head_done() ? parse_body(rest, pieces) : parse_head(rest);
        if (!taken) return located(taken.error());
        if (*taken == 0) return used;
        used += *taken;
        if (impl_->interim()) impl_ = std::make_unique<impl>(impl_->expects);
    }
    return used;
}

// Returns 0 if more bytes are needed.
result<std::size_t> response_parser::parse_head(std::span<std::byte> raw) {
    auto bytes = boost::asio::const_buffer(raw.data(), raw.size());
    std::array<std::byte, bare_status_line_bytes + 1> completed{};
    bool const begins = impl_->code == 0;
    if (begins && !may_begin_status_line(raw))
        return error{errc::bad_http, stage::response, "the response does not start with HTTP/1.0 or HTTP/1.1"};
    if (begins && raw.size() < bare_status_line_bytes) return 0;
    if (begins && is_bare_status_line(raw)) {
        auto const end = std::copy_n(raw.begin(), bare_status_bytes, completed.begin());
        std::ranges::copy(std::array{std::byte{' '}, std::byte{'\r'}, std::byte{'\n'}}, end);
        bytes = boost::asio::const_buffer(completed.data(), completed.size());
    } else {
        blank_control_bytes(raw);
    }
    error_code ec;
    auto taken = impl_->put(bytes, ec);
    if (bytes.data() == completed.data() && taken == completed.size()) --taken;
    if (ec == beast_http::error::need_more) {
        if (raw.size() - taken <= max_head_bytes) return taken;
        ec = beast_http::error::header_limit;
    }
    if (ec == beast_http::error::header_limit)
        return error{errc::limit_exceeded, stage::response, "the head is over 64 KiB"};
    if (ec.category() == errc_category()) return error{ec, stage::response, impl_->why};
    if (ec) return error{errc::bad_http, stage::response, impl_->message_of(ec)};
    if (impl_->is_header_done() && !impl_->is_done()) impl_->left = impl_->content_length().value_or(0);
    return taken;
}

result<std::size_t> response_parser::parse_body(std::span<std::byte> raw, std::vector<std::span<std::byte>>& pieces) {
    if (!impl_->chunked()) {
        auto const run = raw.first(static_cast<std::size_t>(std::min<std::uint64_t>(impl_->left, raw.size())));
        pieces.push_back(run);
        impl_->left -= run.size();
        impl_->body_bytes += run.size();
        return run.size();
    }
    auto const before = pieces.size();
    auto taken = impl_->chunks.parse(raw, pieces);
    for (auto i = before; i < pieces.size(); ++i) impl_->body_bytes += pieces[i].size();
    return taken;
}

result<void> response_parser::end_of_stream() const {
    if (complete()) return {};
    if (head_done())
        return located({errc::truncated_body, stage::response, "the connection was closed in the middle of the body"});
    return located({errc::connection_lost, stage::response, "the connection was closed before the head of a response"});
}

bool response_parser::head_done() const noexcept {
    return impl_->is_header_done();
}
bool response_parser::complete() const noexcept {
    return head_done() && impl_->body_done();
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
    if (!head_done() || impl_->chunked() || !impl_->content_length()) return std::nullopt;
    return impl_->left;
}

std::string_view response_parser::header(std::string_view name) const noexcept {
    return impl_->field_value(string_view(name.data(), name.size())).value_or(std::string_view());
}

error response_parser::located(error e) const {
    e.http_status = status();
    if (head_done()) e.offset = body_bytes();
    return e;
}

}  // namespace aisle::http
