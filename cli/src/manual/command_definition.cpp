#include "command_definition.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <string_view>

namespace aisle::cli {
namespace {

// CLI11 appends ":" and a description of each validator to the name of the type.
std::string value_of(CLI::Option& option) {
    if (option.get_type_size() == 0) return {};
    auto value = option.get_type_name();
    std::vector<std::string> suffixes;
    try {
        for (int i = 0;; ++i) {
            auto const text = option.get_validator(i)->get_description();
            if (!text.empty()) suffixes.push_back(":" + text);
        }
    } catch (CLI::OptionNotFound const&) {
        // The last validator was reached.
    }
    for (auto suffix = suffixes.rbegin(); suffix != suffixes.rend(); ++suffix)
        if (std::string_view(value).ends_with(*suffix)) value.resize(value.size() - suffix->size());
    return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (;;) {
        auto const end = text.find(separator);
        parts.emplace_back(text.substr(0, end));
        if (end == text.npos) return parts;
        text.remove_prefix(end + 1);
    }
}

// By convention the words that a value may be are in lower case or digits, placeholders in upper case.
bool is_choice(std::string_view word) {
    return !word.empty() && std::ranges::all_of(word, [](char c) {
        return std::islower(static_cast<unsigned char>(c)) || std::isdigit(static_cast<unsigned char>(c)) || c == '-';
    }) && word != "-";
}

void classify(option_definition& out) {
    if (out.value.empty()) return;
    out.kind = value_kind::text;
    if (out.value.find("://") != out.value.npos && out.value.find("FILE") == out.value.npos) return;
    for (auto& word : split(out.value, '|')) {
        if (word.starts_with("FILE")) out.kind = value_kind::file;
        if (word == "DIR") out.kind = value_kind::folder;
        if (is_choice(word)) out.choices.push_back(std::move(word));
    }
    if (!out.choices.empty() && out.kind == value_kind::text) out.kind = value_kind::choice;
}

}  // namespace

option_definition definition_of(CLI::Option& option) {
    option_definition out;
    out.positional = option.get_positional();
    if (out.positional) out.names.push_back(option.get_name(true));
    for (auto const& name : option.get_snames()) out.names.push_back("-" + name);
    for (auto const& name : option.get_lnames()) out.names.push_back("--" + name);
    out.required = option.get_required();
    out.repeated = option.get_type_size() != 0 && option.get_items_expected_max() > 1;
    out.value = value_of(option);
    out.description = option.get_description();
    out.group = option.get_group();
    if (!out.value.empty()) out.default_text = option.get_default_str();
    out.variable = option.get_envname();
    classify(out);
    return out;
}

std::vector<command_definition> definitions_of(CLI::App& app) {
    std::vector<command_definition> all;
    auto const add = [&all](CLI::App& one, std::string name) {
        command_definition command{std::move(name), one.get_description(), one.get_footer(), {}};
        for (auto* const option : one.get_options([](CLI::Option*) { return true; }))
            command.options.push_back(definition_of(*option));
        all.push_back(std::move(command));
    };
    add(app, "");
    for (auto* const sub : app.get_subcommands([](CLI::App*) { return true; })) add(*sub, sub->get_name());
    return all;
}

}  // namespace aisle::cli
