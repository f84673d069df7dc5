#include "../text/printable.hpp"
#include "../usage_error.hpp"
#include "put_run.hpp"

#include <filesystem>
#include <set>

namespace aisle::cli {

std::vector<put_item> put_items(std::vector<std::string> const& files, std::string const& rest) {
    bool const into_folder = rest.empty() || rest.ends_with('/') || files.size() > 1;
    auto const folder = rest.empty() || rest.ends_with('/') ? rest : rest + '/';
    std::vector<put_item> out;
    std::set<std::string> names;
    for (auto const& file : files) {
        auto const last = std::filesystem::path(file).filename().string();
        if (into_folder && (last.empty() || last == "." || last == ".."))
            throw usage_error("'" + printable(file) + "' is not a file name: give the names of files, not of folders");
        out.push_back({file, into_folder ? folder + last : rest});
        if (!names.insert(out.back().object).second)
            throw usage_error("two files map to the same object '" + printable(out.back().object) +
                              "': store one of them with another prefix");
    }
    return out;
}

}  // namespace aisle::cli
