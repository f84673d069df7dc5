#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::cli {

enum class check_status : std::uint8_t {
    ok,
    warning,  ///< it works, but something should be changed
    failed,
    skipped  ///< not possible, because of another result or a missing option
};

/// "ok", "warning", "failed" or "skipped".
std::string_view to_string(check_status status) noexcept;

/// The result of one check.
struct check_result {
    std::string check;  ///< what was checked: "endpoint", "token", ...
    check_status status = check_status::ok;
    std::string text;    ///< what was found
    std::string remedy;  ///< what to do; empty if nothing
};

/// One line for a terminal: status, check, text and remedy. Control characters are escaped.
std::string to_line(check_result const& result);

/// Collects the results of `aisle check`. Not thread-safe.
class check_report {
public:
    /// on_result is called for each result when it is added; may be empty.
    explicit check_report(std::function<void(check_result const&)> on_result) : on_result_(std::move(on_result)) {}

    void ok(std::string check, std::string text) { add({std::move(check), check_status::ok, std::move(text), {}}); }
    void warn(std::string check, std::string text, std::string remedy) {
        add({std::move(check), check_status::warning, std::move(text), std::move(remedy)});
    }
    void fail(std::string check, std::string text, std::string remedy) {
        add({std::move(check), check_status::failed, std::move(text), std::move(remedy)});
    }
    void skip(std::string check, std::string text) {
        add({std::move(check), check_status::skipped, std::move(text), {}});
    }

    bool has_failed() const noexcept;
    /// One JSON object in one line: ok, and checks with check, status, text and remedy.
    std::string json() const;

private:
    void add(check_result result);

    std::function<void(check_result const&)> on_result_;
    std::vector<check_result> results_;
};

}  // namespace aisle::cli
