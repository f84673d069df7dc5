#include "get_options.hpp"

#include "../usage_error.hpp"

#include <sys/stat.h>

namespace aisle::cli {
namespace {

bool same_file(std::string const& a, std::string const& b) {
    struct stat sa{};
    struct stat sb{};
    return stat(a.c_str(), &sa) == 0 && stat(b.c_str(), &sb) == 0 && S_ISREG(sa.st_mode) && sa.st_dev == sb.st_dev &&
           sa.st_ino == sb.st_ino;
}

void check_overwrites(std::string const& source, std::optional<std::string> const& target, char const* option) {
    if (target && source != "-" && *target != "-" && same_file(source, *target))
        throw usage_error(std::string(option) + " would overwrite the input file: choose another name");
}

}  // namespace

void check_outputs(get_options const& o) {
    int const inputs = (o.names.empty() ? 0 : 1) + (o.input ? 1 : 0) + (o.prefix ? 1 : 0);
    if (inputs == 0)
        throw usage_error("nothing to fetch: give ais://BUCKET/OBJECT, --input FILE, or --bucket and --prefix");
    if (inputs > 1) throw usage_error("give entries as arguments, with --input or with --prefix, only one of these");
    if (o.prefix && o.bucket.empty()) throw usage_error("--prefix needs --bucket, the bucket that is listed");
    int const outputs = (o.out ? 1 : 0) + (o.tar ? 1 : 0) + (o.discard ? 1 : 0);
    if (outputs > 1) throw usage_error("give only one of --out, --tar and --discard");
    if (o.resume && o.report) throw usage_error("--resume continues its own report: give no --report");
    if (o.resume == "-") throw usage_error("--resume needs a file, not standard output");
    if (o.resume && o.tar) throw usage_error("an archive cannot be resumed: give --out DIR, or --discard");
    auto const has_report = o.report || o.resume;
    if (outputs == 0 && !has_report) throw usage_error("no output: give --out DIR, --tar FILE or --discard");
    if (o.sha256 && !has_report) throw usage_error("--sha256 needs --report FILE, where the sums are written");
    if (o.tar == "-" && o.report == "-")
        throw usage_error("--tar - and --report - cannot both write to standard output");
    if (o.input) {
        check_overwrites(*o.input, o.tar, "--tar");
        check_overwrites(*o.input, o.report, "--report");
        check_overwrites(*o.input, o.resume, "--resume");
    }
    if (o.tar && o.report && *o.tar == *o.report)
        throw usage_error("--tar and --report name the same file: choose another name for one");
}

}  // namespace aisle::cli
