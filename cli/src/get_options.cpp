#include "get_options.hpp"

#include "usage_error.hpp"

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
        throw usage_error(std::string(option) + " would overwrite the input file");
}

}  // namespace

void check_outputs(get_options const& o) {
    if (o.names.empty() && !o.input) throw usage_error("nothing to fetch: give ais://bucket/object or --input FILE");
    if (!o.names.empty() && o.input) throw usage_error("entries come from arguments or from --input, not from both");
    int const outputs = (o.out ? 1 : 0) + (o.tar ? 1 : 0) + (o.discard ? 1 : 0);
    if (outputs > 1) throw usage_error("--out, --tar and --discard exclude one another");
    if (outputs == 0 && !o.report) throw usage_error("where to? Give --out DIR, --tar FILE or --discard");
    if (o.sha256 && !o.report) throw usage_error("--sha256 goes into the report: give --report FILE too");
    if (o.tar == "-" && o.report == "-") throw usage_error("--tar - and --report - cannot share standard output");
    if (o.input) {
        check_overwrites(*o.input, o.tar, "--tar");
        check_overwrites(*o.input, o.report, "--report");
    }
    if (o.tar && o.report && *o.tar == *o.report) throw usage_error("--tar and --report name the same file");
}

}  // namespace aisle::cli
