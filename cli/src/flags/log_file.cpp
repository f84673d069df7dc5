#include "log_file.hpp"

#include "../text/log_text.hpp"
#include "../text/printable.hpp"
#include "../usage_error.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <system_error>

namespace aisle::cli {
namespace {

struct closer {
    void operator()(std::FILE* f) const noexcept {
        if (f && f != stderr) std::fclose(f);
    }
};

}  // namespace

log_hook log_to(std::string const& path) {
    std::shared_ptr<std::FILE> const to(path == "-" ? stderr : std::fopen(path.c_str(), "we"), closer());
    if (!to)
        throw usage_error("cannot open the log '" + printable(path) + "': " + std::generic_category().message(errno));
    return [to](log_level level, std::string_view event, std::span<log_field const> fields) {
        auto const line = event_line(std::chrono::system_clock::now(), level, event, fields);
        std::fwrite(line.data(), 1, line.size(), to.get());  // locks the file, so lines of several threads do not mix
        std::fflush(to.get());
    };
}

}  // namespace aisle::cli
