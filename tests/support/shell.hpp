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

/// Standard output of a shell command, which must succeed.
inline std::string must(std::string const& command) {
    auto* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe);
    std::string out;
    char buffer[65536];
    for (std::size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
    auto const status = pclose(pipe);
    INFO(command);
    REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
    return out;
}

inline bool has_command(std::string const& name) {
    return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

/// A folder for the files of one test, gone with it.
class scratch_folder {
public:
    explicit scratch_folder(std::string const& name) {
        auto text = (std::filesystem::temp_directory_path() / ("aisle-" + name + "-XXXXXX")).string();
        REQUIRE(mkdtemp(text.data()));
        path_ = text;
    }
    scratch_folder(scratch_folder const&) = delete;
    scratch_folder& operator=(scratch_folder const&) = delete;
    ~scratch_folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path const& path() const { return path_; }
    void write(std::string const& name, std::string_view bytes) const {
        std::ofstream(path_ / name, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }

private:
    std::filesystem::path path_;
};

}  // namespace aisle::test
