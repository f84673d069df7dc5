#pragma once

#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <sys/wait.h>

namespace aisle::test {

/// Standard output of a shell command; its exit status goes to `status`.
inline std::string output_of(std::string const& command, int& status) {
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe);
    std::string out;
    char buffer[65536];
    for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
    auto const ended = pclose(pipe);
    status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128;
    return out;
}

/// Standard output of a command that must not fail.
inline std::string must(std::string const& command) {
    int status = 0;
    auto out = output_of(command, status);
    INFO(command << "\n" << out.substr(0, 2000));
    REQUIRE(status == 0);
    return out;
}

/// False, and said so in the test's output, when there is no such program.
inline bool has_program(std::string const& name) {
    int status = 0;
    output_of("command -v " + name, status);
    if (status != 0) WARN(name << " is missing: nothing to compare with");
    return status == 0;
}

/// The bytes of an even number of hexadecimal digits, as scripts tell names.
inline std::string unhex(std::string_view digits) {
    std::string out;
    for (std::size_t i = 0; i + 2 <= digits.size(); i += 2)
        out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return out;
}

/// A folder of its own, gone with the object.
class temporary_folder {
public:
    temporary_folder() {
        auto name = (std::filesystem::temp_directory_path() / "aisle-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()));
        path_ = name;
    }
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;

    std::filesystem::path const& path() const { return path_; }
    void write(std::string const& name, std::string_view bytes) const {
        std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    /// Path of a file in it, made with these bytes.
    std::string file(std::string const& name, std::string_view bytes) const {
        write(name, bytes);
        return file(name);
    }
    std::string file(std::string const& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

}  // namespace aisle::test
