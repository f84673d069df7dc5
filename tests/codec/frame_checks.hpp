#pragma once

#include <aisle/codec/decompressor.hpp>

#include <functional>
#include <support/expand_log.hpp>
#include <support/grind.hpp>
#include <support/shell.hpp>

namespace aisle::test {

using make_function = std::function<std::unique_ptr<codec::decompressor>(codec::after_end)>;

/// A function that expands into outputs of `room` bytes by one decompressor, reset each time.
inline log_function expander(make_function const& make, std::size_t room,
                             codec::after_end follows = codec::after_end::zero_padding) {
    return [one = std::shared_ptr(make(follows)), room](pieces const& input) {
        one->reset();
        return expand_all(*one, input, room).log();
    };
}

/// Every split into every room gives the plain bytes, and all of the stream is consumed.
inline void grind_frames(make_function const& make, std::string const& packed, std::string const& plain) {
    auto const expected = expanded{plain, packed.size(), false, {}}.log();
    for (std::size_t const room : {1, 2, 7, 512, 65536}) {
        INFO("room " << room);
        REQUIRE(grind_splits(packed, expander(make, room)) == expected);
    }
}

/// For streams too long to be ground: some splits, some rooms.
inline void check_frames(make_function const& make, std::string const& packed, std::string const& plain) {
    auto const one = make(codec::after_end::zero_padding);
    for (auto const& [step, room] : {std::pair<std::size_t, std::size_t>{1 << 30, 1 << 20},
                                     {32768, 65536},
                                     {65536, 4096},
                                     {1000, 333},
                                     {13, 1 << 20},
                                     {1 << 30, 100}}) {
        INFO("cut every " << step << ", room " << room);
        one->reset();
        auto const seen = expand_all(*one, cut_every(packed, step), room);
        INFO((seen.failure ? seen.failure->message() : seen.log()));
        REQUIRE(seen.log() == expanded{plain, packed.size(), false, {}}.log());
        REQUIRE((seen.bytes == plain));
    }
    // Cut here and there, and always in the last bytes.
    for (std::size_t size = 0; size < packed.size(); size += size + 40 < packed.size() ? packed.size() / 40 + 1 : 1) {
        one->reset();
        auto const seen = expand_all(*one, whole(packed.substr(0, size)), 65536);
        INFO("cut to " << size << " of " << packed.size());
        REQUIRE((seen.failure || (seen.consumed == size && seen.bytes != plain)));
    }
}

/// A frame inside something else ends where the foreign bytes begin, whatever they are.
inline void check_foreign(make_function const& make, std::string const& packed, std::string const& plain) {
    for (auto const* follower : {"\r\n--boundary--\r\n", "x", "\xff\xff\xff\xff\xff\xff\xff\xff\xff"})
        for (std::size_t const room : {1, 512}) {
            INFO("room " << room << ", followed by " << follower);
            auto const log = expander(make, room, codec::after_end::foreign);
            REQUIRE(grind_splits(packed + follower, log) == expanded{plain, packed.size(), true, {}}.log());
            REQUIRE(log(whole(packed)) == expanded{plain, packed.size(), false, {}}.log());
        }
}

/// In a stream of its own foreign bytes are an error, at their offset.
inline void check_trailing(make_function const& make, std::string const& packed) {
    for (auto const& follower : {std::string("x"), packed.substr(0, 1) + "no frame begins so"})
        for (std::size_t const step : {1, 7, 1 << 20}) {
            INFO("followed by " << follower.size() << ", cut every " << step);
            auto const one = make(codec::after_end::zero_padding);
            auto const seen = expand_all(*one, cut_every(packed + follower, step), 512);
            REQUIRE(seen.failure);
            CHECK(seen.failure->code == errc::trailing_archive_data);
            CHECK(seen.failure->offset == packed.size());
        }
    auto const inside =
        expander(make, 512, codec::after_end::foreign)(whole(packed + packed.substr(0, 1) + "no frame"));
    CHECK(inside.find(make_error_code(errc::bad_archive).message()) != std::string::npos);
}

/// Zeros may follow the last frame, up to 1 MiB, and nothing else behind them.
inline void check_padding(make_function const& make, std::string const& packed, std::string const& plain) {
    std::size_t const most = 1 << 20;
    auto const padded = packed + std::string(600, '\0');
    auto const log = expander(make, 512);
    CHECK(grind_splits(padded, log) == expanded{plain, padded.size(), false, {}}.log());
    CHECK(log(whole(packed + std::string(most, '\0'))) == expanded{plain, packed.size() + most, false, {}}.log());
    for (auto const& follower : {padded + "x", padded + packed, packed + std::string(most + 1, '\0')})
        for (std::size_t const step : {std::size_t{7}, std::size_t{1} << 21}) {
            auto const one = make(codec::after_end::zero_padding);
            auto const seen = expand_all(*one, cut_every(follower, step), 512);
            REQUIRE(seen.failure);
            CHECK(seen.failure->code == errc::trailing_archive_data);
            CHECK(seen.bytes == plain);
        }
    // Elsewhere they are foreign.
    CHECK(expander(make, 512, codec::after_end::foreign)(whole(padded)) ==
          expanded{plain, packed.size(), true, {}}.log());
}

/// The failure of a stream, which must have one.
inline error failure_of(make_function const& make, std::string const& packed) {
    auto const one = make(codec::after_end::zero_padding);
    auto const seen = expand_all(*one, whole(packed), 65536);
    INFO(seen.log());
    REQUIRE(seen.failure);
    return *seen.failure;
}

/// A stream fails there, with that code and those words.
inline void check_failure(make_function const& make, std::string const& packed, errc code, std::uint64_t offset,
                          std::string const& words) {
    auto const failure = failure_of(make, packed);
    INFO(failure.message());
    CHECK(failure.code == code);
    CHECK(failure.offset == offset);
    CHECK(failure.text.find(words) != std::string::npos);
}

/// Text with some noise in between: three blocks of most formats.
inline std::string mixed_bytes(std::size_t size) {
    auto out = text_like(size / 2) + random_bytes(size / 8);
    return out + text_like(size - out.size(), 2);
}

/// Standard output of a command that reads the bytes.
inline std::string piped(std::string const& command, std::string const& bytes) {
    temporary_folder const folder;
    return must("(" + command + ") < " + folder.file("in", bytes));
}

/// Whether a command's program is here; a warning when not.
inline bool is_here(std::string const& command) {
    return has_program(command.substr(0, command.find(' ')));
}

}  // namespace aisle::test
