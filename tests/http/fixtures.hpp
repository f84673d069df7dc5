#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::http::test {

inline std::string file_text(std::filesystem::path const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Responses captured from a real cluster, byte for byte; tests/data/README.md describes them.
inline std::vector<std::filesystem::path> captured_answers() {
    std::vector<std::filesystem::path> out;
    for (auto const& entry : std::filesystem::directory_iterator(AISLE_TEST_DATA))
        if (entry.path().extension() == ".http") out.push_back(entry.path());
    if (out.size() < 29) throw std::runtime_error("captured answers are missing in " AISLE_TEST_DATA);
    return out;
}

inline std::string text_of(std::span<std::byte const> bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

inline std::string joined(std::span<std::span<std::byte> const> pieces) {
    std::string out;
    for (auto const piece : pieces) out += text_of(piece);
    return out;
}

/// The body of a whole response, decoded by the simplest possible code, as the reference for the parser.
inline std::string reference_body(std::string_view answer) {
    auto const head_end = answer.find("\r\n\r\n");
    std::string_view const head = answer.substr(0, head_end);
    std::string_view rest = answer.substr(head_end + 4);
    if (head.find("Transfer-Encoding: chunked") == head.npos) return std::string(rest);
    std::string body;
    for (;;) {
        auto const size = std::stoul(std::string(rest.substr(0, rest.find_first_of(";\r"))), nullptr, 16);
        rest.remove_prefix(rest.find("\r\n") + 2);
        if (size == 0) return body;
        body += rest.substr(0, size);
        rest.remove_prefix(size + 2);
    }
}

/// Text as an HTTP/1.1 chunked response, with chunks of this size.
inline std::string chunked_answer(std::string_view body, std::size_t chunk, std::string_view extension = {}) {
    static char const* const hex = "0123456789abcdef";
    std::string out = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    while (!body.empty()) {
        auto const now = body.substr(0, chunk);
        std::string size;
        for (auto n = now.size(); n > 0; n /= 16) size.insert(size.begin(), hex[n % 16]);
        out.append(size).append(extension).append("\r\n").append(now).append("\r\n");
        body.remove_prefix(now.size());
    }
    return out + "0\r\n\r\n";
}

}  // namespace aisle::http::test
