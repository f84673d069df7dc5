#include "captured_answer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t tar_block = 512;
constexpr std::size_t small_chunk = 2048;  // of the buffer in which Go collects small writes
constexpr std::string_view key = "\"objname\":";

std::string_view name_at(std::string_view json, std::size_t at) {
    // Python writes a space after the colon.
    auto const begin = json.find('"', at + key.size()) + 1;
    return json.substr(begin, json.find('"', begin) - begin);
}

}  // namespace

captured_answer::captured_answer(std::string bytes) : bytes_(std::move(bytes)) {
    auto const head = bytes_.find("\r\n\r\n");
    if (!bytes_.starts_with("HTTP/1.1 200") || head == bytes_.npos || !bytes_.ends_with("\r\n0\r\n\r\n"))
        throw std::runtime_error("not a complete chunked answer with status 200");
    body_ = head + 4;
    if (std::string_view(bytes_).substr(0, head).find("application/x-tar") == bytes_.npos) return;
    read_chunks();
    read_members();
}

void captured_answer::read_chunks() {
    for (auto at = body_;;) {
        auto const size = std::strtoull(bytes_.c_str() + at, nullptr, 16);
        chunk_at_[tar_.size()] = at;
        if (size == 0) return;
        auto const data = bytes_.find("\r\n", at) + 2;
        tar_.append(bytes_, data, size);
        at = data + size + 2;
    }
}

std::size_t captured_answer::size_at(std::size_t header) const {
    return std::strtoull(tar_.substr(header + 124, 12).c_str(), nullptr, 8);
}

// USTAR members as AIStore writes them: names of up to 100 bytes, sizes in octal.
void captured_answer::read_members() {
    std::size_t at = 0;
    auto const add = [&] {
        auto const chunk = chunk_at_.find(at);
        members_.push_back({at, chunk == chunk_at_.end() ? bytes_.npos : chunk->second});
    };
    for (; at + tar_block <= tar_.size() && tar_[at] != '\0';) {
        std::string const name(tar_.c_str() + at);
        auto const size = size_at(at);
        index_of_[name.substr(name.find('/') + 1)] = members_.size();
        add();
        at += tar_block + (size + tar_block - 1) / tar_block * tar_block;
    }
    add();
}

std::string_view captured_answer::object(std::string const& name) const {
    auto const found = index_of_.find(name);
    if (found == index_of_.end()) throw std::runtime_error("object not captured");
    auto const header = members_[found->second].in_tar;
    return std::string_view(tar_).substr(header + tar_block, size_at(header));
}

captured_answer::reply captured_answer::to(std::string_view body) const {
    auto const first_key = body.find(key), last_key = body.rfind(key);
    if (first_key == body.npos) throw std::runtime_error("no entries");
    if (tar_.empty()) return {{bytes_}};
    auto const first = index_of_.find(std::string(name_at(body, first_key)));
    auto const last = index_of_.find(std::string(name_at(body, last_key)));
    if (first == index_of_.end() || last == index_of_.end() || first->second > last->second)
        throw std::runtime_error("entries not captured");
    auto const count = last->second - first->second + 1;
    std::size_t asked = 0;
    for (auto at = first_key; at != body.npos; at = body.find(key, at + key.size())) ++asked;
    if (asked != count) throw std::runtime_error("entries are not consecutive");
    if (count + 1 == members_.size()) return {{bytes_}};
    return part(first->second, count);
}

captured_answer::reply captured_answer::part(std::size_t first, std::size_t count) const {
    std::string_view const all = bytes_;
    auto const &begin = members_[first], &end = members_[first + count], &archive_end = members_.back();
    if (begin.in_bytes != all.npos && end.in_bytes != all.npos && archive_end.in_bytes != all.npos)
        return {{all.substr(0, body_), all.substr(begin.in_bytes, end.in_bytes - begin.in_bytes),
                 all.substr(archive_end.in_bytes)}};
    std::string built(all.substr(0, body_));
    auto const chunk = [&built](std::string_view data) {
        char line[32];
        std::snprintf(line, sizeof line, "%zx\r\n", data.size());
        built.append(line).append(data).append("\r\n");
    };
    std::string tar = tar_.substr(begin.in_tar, end.in_tar - begin.in_tar) + tar_.substr(archive_end.in_tar);
    for (std::string_view left = tar; !left.empty();) {
        auto const now = std::min(left.size(), small_chunk);
        chunk(left.substr(0, now));
        left.remove_prefix(now);
    }
    return {{}, built + "0\r\n\r\n"};
}

}  // namespace bench
