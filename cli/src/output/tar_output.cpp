#include "tar_output.hpp"

#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "member_path.hpp"

#include <aisle/codec/tar/tar_writer.hpp>

#include <ctime>
#include <unistd.h>

namespace aisle::cli {

tar_output::tar_output(std::string path, std::stop_token stop)
    : file_(path, publish::when_complete, std::move(stop)), now_(std::time(nullptr)) {
    if (path == "-" && isatty(STDOUT_FILENO))
        throw usage_error("refusing to write an archive to the terminal: redirect standard output, or give --tar FILE");
}

result<void> tar_output::put(sample_view s) {
    auto const components = member_path(s.entry());
    if (!components) return components.error();
    auto const name = join_path(*components);
    frame_.clear();
    if (!codec::append_tar_header(frame_, name, s.size(), now_))
        return error{errc::invalid_entry, stage::usage,
                     "the name '" + printable(name) + "' cannot be written to a tar archive"};
    file_.write(frame_);
    for (auto const run : s.runs()) file_.write(run);
    frame_.clear();
    codec::append_tar_padding(frame_, s.size());
    file_.write(frame_);
    return {};
}

void tar_output::finish() {
    frame_.clear();
    codec::append_tar_end(frame_);
    file_.write(frame_);
    file_.finish();
}

}  // namespace aisle::cli
