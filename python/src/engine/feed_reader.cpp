#include "feed_reader.hpp"

#include "../entry/entry_reader.hpp"
#include "../iterate.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace aisle::python {
namespace {

using clock = std::chrono::steady_clock;

/// How long a source is read before checking for samples.
constexpr std::chrono::milliseconds long_enough{2};

}  // namespace

reading feed_reader::read(nb::handle iterator, feed& to) {
    auto room = to.room();
    // Entries are read many at a time: a call of the feed costs as much as an entry.
    if (room < enough_room_) return reading::full;
    entry_cursor* table = nullptr;
    if (nb::try_cast(iterator, table) && table) return read_table(*table, to, room);
    auto const until = clock::now() + long_enough;
    for (;;) {
        auto const item = next_of(iterator);
        if (!item) return reading::end;
        auto const before = submitted_;
        submit_item(item, to);
        room -= std::min<std::size_t>(room, submitted_ - before);
        if (room == 0) return reading::full;
        if (clock::now() >= until) return reading::pause;
    }
}

void feed_reader::submit_item(nb::handle item, feed& to) {
    if (is_batch(item))
        submit_batch(item, to);
    else
        submit(entry_of(item, default_bucket_), to);
}

reading feed_reader::read_table(entry_cursor& from, feed& to, std::size_t room) {
    for (; room > 0; --room) {
        if (from.at == from.of.count) return reading::end;
        submit(from.of.in->at(from.of.first + from.at), to);
        ++from.at;
    }
    return reading::full;
}

void feed_reader::submit(entry e, feed& to) {
    number(e);
    to.submit(std::move(e));
}

void feed_reader::submit_batch(nb::handle entries, feed& to) {
    std::vector<entry> read;
    for_each_of(entries, [&](nb::handle item) { read.push_back(entry_of(item, default_bucket_)); });
    if (read.empty()) return;
    batch made;
    made.reserve(read.size());
    for (auto& e : read) {
        number(e);
        made.add(std::move(e));
    }
    to.submit(std::move(made));
}

void feed_reader::number(entry& e) {
    if (e.tag) tags_.emplace(submitted_, e.tag);
    e.tag = submitted_++;
}

std::uint64_t feed_reader::take_tag(std::uint64_t number) {
    if (tags_.empty()) return 0;
    auto const found = tags_.find(number);
    if (found == tags_.end()) return 0;
    auto const tag = found->second;
    tags_.erase(found);
    return tag;
}

}  // namespace aisle::python
