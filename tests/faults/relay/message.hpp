#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::faults {

/// How the end of a body is determined (RFC 9112, section 6.3).
enum class framing : std::uint8_t { none, length, chunked, until_close };

/// The head of a request or an answer, as text, parsed as far as the relay needs.
class message_head {
public:
    /// text: from the first byte to the blank line, both included.
    explicit message_head(std::string text) : text_(std::move(text)) {}

    std::string const& text() const noexcept { return text_; }
    /// The words of the first line: method, target, version; or version, status and the first word of the reason.
    std::string_view word(unsigned index) const noexcept;
    int status() const noexcept;
    /// The first field of that name, case-insensitive.
    std::optional<std::string_view> field(std::string_view name) const noexcept;
    /// Removes all fields of that name and, if there is a value, adds one.
    void set_field(std::string_view name, std::optional<std::string_view> value);

    std::uint64_t length() const noexcept;
    framing request_framing() const noexcept;
    framing response_framing(bool to_head_request) const noexcept;
    bool keeps_alive() const noexcept;

private:
    std::string text_;
};

/// Follows a body, to find its end and to distinguish payload from chunk lines. Trusts the server: broken chunk lines
/// count as payload until the connection ends.
class body_meter {
public:
    struct run {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    body_meter(framing how, std::uint64_t length) noexcept;

    /// Returns how many of these bytes belong to the body. Payload runs are appended to `runs`.
    std::size_t take(std::span<char const> bytes, std::vector<run>& runs);
    bool ended() const noexcept { return state_ == state::end; }

private:
    enum class state : std::uint8_t { size_line, data, data_end, trailer, rest, end };

    void end_line();

    state state_;
    bool chunked_;
    std::uint64_t left_;
    std::string line_;
};

}  // namespace aisle::faults
