#pragma once

#include <aisle/codec/compression/decompressor.hpp>

#include <functional>
#include <support/expand_log.hpp>
#include <support/grind.hpp>
#include <support/shell.hpp>

namespace aisle::test {

using make_function = std::function<std::unique_ptr<codec::decompressor>(codec::after_end)>;

/// A function that expands its input with one decompressor, reset each time, into outputs of `space` bytes.
inline log_function expander(make_function const& make, std::size_t space,
                             codec::after_end follows = codec::after_end::zero_padding) {
    return [one = std::shared_ptr(make(follows)), space](pieces const& input) {
        one->reset();
        return expand_all(*one, input, space).log();
    };
}

/// Checks that every split into every output size gives the plain bytes, and that the whole stream is consumed.
inline void grind_frames(make_function const& make, std::string const& packed, std::string const& plain) {
    auto const expected = expanded{plain, packed.size(), false, {}}.log();
    for (std::size_t const space : {1, 2, 7, 512, 65536}) {
        INFO("space " << space);
        REQUIRE(grind_splits(packed, expander(make, space)) == expected);
    }
}

/// Like grind_frames() with only some splits and output sizes, for long streams.
inline void check_frames(make_function const& make, std::string const& packed, std::string const& plain) {
    auto const one = make(codec::after_end::zero_padding);
    for (auto const& [step, space] : {std::pair<std::size_t, std::size_t>{1 << 30, 1 << 20},
                                      {32768, 65536},
                                      {65536, 4096},
                                      {1000, 333},
                                      {13, 1 << 20},
                                      {1 << 30, 100}}) {
        INFO("cut every " << step << ", space " << space);
        one->reset();
        auto const seen = expand_all(*one, cut_every(packed, step), space);
        INFO((seen.failure ? seen.failure->message() : seen.log()));
        REQUIRE(seen.log() == expanded{plain, packed.size(), false, {}}.log());
        REQUIRE((seen.bytes == plain));
    }
    // Truncated at some places, and everywhere in the last bytes.
    for (std::size_t size = 0; size < packed.size(); size += size + 40 < packed.size() ? packed.size() / 40 + 1 : 1) {
        one->reset();
        auto const seen = expand_all(*one, whole(packed.substr(0, size)), 65536);
        INFO("cut to " << size << " of " << packed.size());
        REQUIRE((seen.failure || (seen.consumed == size && seen.bytes != plain)));
    }
}

/// Checks that a frame inside something else ends where the foreign bytes start, whatever they are.
inline void check_foreign(make_function const& make, std::string const& packed, std::string const& plain) {
    for (auto const* follower : {"\r\n--boundary--\r\n", "x", "\xff\xff\xff\xff\xff\xff\xff\xff\xff"})
        for (std::size_t const space : {1, 512}) {
            INFO("space " << space << ", followed by " << follower);
            auto const log = expander(make, space, codec::after_end::foreign);
            REQUIRE(grind_splits(packed + follower, log) == expanded{plain, packed.size(), true, {}}.log());
            REQUIRE(log(whole(packed)) == expanded{plain, packed.size(), false, {}}.log());
        }
}

/// Checks that foreign bytes are an error, at their offset, if the frames are the whole stream.
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

/// Checks that zeros may follow the last frame, up to 1 MiB, and nothing else after them.
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
    // Inside something else, zeros are foreign.
    CHECK(expander(make, 512, codec::after_end::foreign)(whole(padded)) ==
          expanded{plain, packed.size(), true, {}}.log());
}

/// The error of a stream that must fail.
inline error failure_of(make_function const& make, std::string const& packed) {
    auto const one = make(codec::after_end::zero_padding);
    auto const seen = expand_all(*one, whole(packed), 65536);
    INFO(seen.log());
    REQUIRE(seen.failure);
    return *seen.failure;
}

/// Checks that a stream fails at that offset, with that code and text.
inline void check_failure(make_function const& make, std::string const& packed, errc code, std::uint64_t offset,
                          std::string const& words) {
    auto const failure = failure_of(make, packed);
    INFO(failure.message());
    CHECK(failure.code == code);
    CHECK(failure.offset == offset);
    CHECK(failure.text.find(words) != std::string::npos);
}

/// Text with some noise in between: three blocks in most formats.
inline std::string mixed_bytes(std::size_t size) {
    auto out = text_like(size / 2) + random_bytes(size / 8);
    return out + text_like(size - out.size(), 2);
}

/// The standard output of a command that gets the bytes as input.
inline std::string piped(std::string const& command, std::string const& bytes) {
    temporary_folder const folder;
    return must("(" + command + ") < " + folder.file("in", bytes));
}

/// Whether a command's program is installed; warns if it is not.
inline bool is_here(std::string const& command) {
    return has_program(command.substr(0, command.find(' ')));
}

}  // namespace aisle::test
