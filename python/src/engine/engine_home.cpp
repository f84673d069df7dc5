#include "engine_home.hpp"

#include "../python_error.hpp"
#include "../without_gil.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aisle::python {
namespace {

/// Open engines, for the end of the process. Guarded by the GIL.
std::vector<engine_home*>& open_engines() {
    static auto& it = *new std::vector<engine_home*>;
    return it;
}

engine_options with_log(engine_options options, std::shared_ptr<log_queue> const& log) {
    options.log.level = log_level::debug;
    options.log.hook = [log](log_level level, std::string_view event, std::span<log_field const> fields) {
        log->add(level, event, fields);
    };
    return options;
}

}  // namespace

engine_home::engine_home(engine_options options)
    : engine_(std::make_unique<aisle::engine>(with_log(std::move(options), log_))) {
    open_engines().push_back(this);
}

engine_home::~engine_home() {
    close();
}

aisle::engine& engine_home::engine() const {
    if (!engine_) raise_closed("the client is closed: create another one");
    return *engine_;
}

void engine_home::close() {
    std::erase(open_engines(), this);
    auto leaving = std::move(engine_);
    if (!leaving) return;
    without_gil([&] { leaving = nullptr; });
}

void close_all_engines() {
    while (!open_engines().empty()) open_engines().back()->close();
}

}  // namespace aisle::python
