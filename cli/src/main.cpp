#include "command_line.hpp"
#include "process/standard_descriptors.hpp"
#include "text/remedy.hpp"
#include "usage_error.hpp"

#include <aisle/error.hpp>
#include <aisle/version.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

namespace {

using namespace aisle::cli;

int leave(exit_code code) {
    return static_cast<int>(code);
}

int complain(exit_code code, std::string const& what) {
    std::fputs(("aisle: " + what + "\n").c_str(), stderr);
    return leave(code);
}

/// True for errors of the engine that are errors in the command line.
bool is_usage(aisle::error const& e) {
    using aisle::errc;
    return e.code == errc::invalid_argument || e.code == errc::invalid_endpoint || e.code == errc::unsupported ||
           e.code == errc::invalid_entry;
}

}  // namespace

int main(int argc, char** argv) {
    if (!open_standard_descriptors()) return leave(exit_code::failure);
    // Writing to a closed pipe, or beyond a file size limit, is then an error with a message and an exit code; the
    // signal would kill the process.
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    try {
        return leave(command_line(AISLE_VERSION).run(argc, argv));
    } catch (usage_error const& e) {
        return complain(exit_code::usage, e.what());
    } catch (aisle::exception const& e) {
        auto const remedy = remedy_of(e.why());
        return complain(is_usage(e.why()) ? exit_code::usage : exit_code::failure,
                        e.what() + (remedy.empty() ? remedy : "\naisle: what to do: " + remedy));
    } catch (std::exception const& e) {
        return complain(exit_code::failure, e.what());
    }
}
