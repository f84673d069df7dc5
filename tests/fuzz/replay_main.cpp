// Stands in for libFuzzer's main in builds without it: reads every file given, and those below the folders given.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

int main(int count, char** arguments) {
    namespace fs = std::filesystem;
    auto const began = std::chrono::steady_clock::now();
    std::vector<fs::path> files;
    for (int i = 1; i < count; ++i) {
        if (!fs::is_directory(arguments[i])) {
            files.emplace_back(arguments[i]);
            continue;
        }
        for (auto const& found : fs::recursive_directory_iterator(arguments[i]))
            if (found.is_regular_file()) files.push_back(found.path());
    }
    std::sort(files.begin(), files.end());
    for (auto const& file : files) {
        // Before it is read, because a finding ends the program.
        std::printf("%s\n", file.filename().c_str());
        std::fflush(stdout);
        std::ifstream in(file, std::ios::binary);
        std::string const bytes{std::istreambuf_iterator<char>(in), {}};
        if (!in) return std::fprintf(stderr, "cannot read %s\n", file.c_str()), 1;
        LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(bytes.data()), bytes.size());
    }
    if (files.empty()) return std::fprintf(stderr, "no inputs given\n"), 1;
    std::chrono::duration<double> const took = std::chrono::steady_clock::now() - began;
    std::printf("%zu passed in %.2fs\n", files.size(), took.count());  // as pytest says it, for scripts/run_tests.py
}
