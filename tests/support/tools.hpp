#pragma once

#include <catch2/catch.hpp>

#include <cstdio>
#include <filesystem>
#include <stdlib.h>
#include <string>
#include <string_view>
#include <sys/wait.h>

namespace aisle::test {

/// Standard output of a shell command; the exit status goes to `status`.
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

/// The same of a command that must succeed.
inline std::string must(std::string const& command) {
    int status = 0;
    auto out = output_of(command, status);
    INFO(command << "\n" << out);
    REQUIRE(status == 0);
    return out;
}

inline bool has_tool(std::string const& name) {
    int status = 0;
    output_of("command -v " + name, status);
    return status == 0;
}

/// A folder that lives as long as this does.
class temporary_folder {
public:
    temporary_folder() {
        auto name = (std::filesystem::temp_directory_path() / "aisle-codec-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()));
        path_ = name;
    }
    temporary_folder(temporary_folder const&) = delete;
    temporary_folder& operator=(temporary_folder const&) = delete;
    ~temporary_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline std::string unhex(std::string_view digits) {
    std::string out;
    for (std::size_t i = 0; i + 2 <= digits.size(); i += 2)
        out += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    return out;
}

}  // namespace aisle::test
