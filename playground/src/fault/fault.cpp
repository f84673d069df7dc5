#include <aisle/playground/fault.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace aisle::playground {
namespace {

constexpr std::array<std::pair<fault_kind, std::string_view>, 43> names{{
    {fault_kind::short_archive, "short"},
    {fault_kind::aborted, "abort"},
    {fault_kind::empty_archive, "empty-archive"},
    {fault_kind::wrong_name, "wrong-name"},
    {fault_kind::swapped, "swapped"},
    {fault_kind::excess_member, "excess"},
    {fault_kind::cut_member, "cut"},
    {fault_kind::wrong_size, "wrong-size"},
    {fault_kind::shorten, "shorten"},
    {fault_kind::flip, "flip"},
    {fault_kind::damaged_header, "damaged-header"},
    {fault_kind::placeholder, "placeholder"},
    {fault_kind::placeholder_forwarded, "placeholder-forwarded"},
    {fault_kind::placeholder_other, "placeholder-other"},
    {fault_kind::placeholder_full, "placeholder-full"},
    {fault_kind::no_end_mark, "no-end"},
    {fault_kind::clipped, "clipped"},
    {fault_kind::damaged_end, "damaged-end"},
    {fault_kind::metadata_short, "metadata-short"},
    {fault_kind::metadata_empty, "metadata-empty"},
    {fault_kind::metadata_bad, "metadata-bad"},
    {fault_kind::metadata_size, "metadata-size"},
    {fault_kind::metadata_forwarded, "metadata-forwarded"},
    {fault_kind::metadata_error, "metadata-error"},
    {fault_kind::metadata_no_error, "metadata-no-error"},
    {fault_kind::empty_body, "empty-body"},
    {fault_kind::abrupt_close, "abrupt"},
    {fault_kind::no_final_chunk, "no-final-chunk"},
    {fault_kind::stall, "stall"},
    {fault_kind::wrong_content_type, "wrong-type"},
    {fault_kind::other_content_type, "other-type"},
    {fault_kind::expired, "expired"},
    {fault_kind::refuse_401, "refuse-401"},
    {fault_kind::refuse_403, "refuse-403"},
    {fault_kind::refuse_409, "refuse-409"},
    {fault_kind::refuse_429, "refuse-429"},
    {fault_kind::refuse_500, "refuse-500"},
    {fault_kind::refuse_503, "refuse-503"},
    {fault_kind::sick_target, "sick-target"},
    {fault_kind::dead_target, "dead-target"},
    {fault_kind::lost_target, "lost-target"},
    {fault_kind::hang_proxy, "hang-proxy"},
    {fault_kind::stranger_proxy, "stranger-proxy"},
}};

error bad(std::string_view item, std::string_view why) {
    return {errc::invalid_argument, stage::usage,
            "invalid fault \"" + std::string(item) + "\": " + std::string(why) +
                "; write KIND[@AT][/EVERY][xTIMES] with KIND one of " + fault_names()};
}

// Removes MARK and a decimal number from the front of rest, if there is a mark. False if no valid number follows it.
bool take_number(std::string_view& rest, char mark, std::uint64_t& value) {
    if (rest.empty() || rest.front() != mark) return true;
    auto const [end, ec] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), value);
    if (ec != std::errc{}) return false;
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return true;
}

result<fault> parse_one(std::string_view item) {
    // The longest name that matches, because "placeholder" is a prefix of other names.
    fault f;
    std::string_view name;
    for (auto const& [kind, candidate] : names) {
        if (item.starts_with(candidate) && candidate.size() > name.size()) {
            name = candidate;
            f.kind = kind;
        }
    }
    if (name.empty()) return bad(item, "unknown kind");
    auto rest = item.substr(name.size());
    if (!take_number(rest, '@', f.at) || !take_number(rest, '/', f.every) || !take_number(rest, 'x', f.times))
        return bad(item, "a number is missing or too large");
    if (!rest.empty()) return bad(item, "unexpected \"" + std::string(rest) + "\"");
    return f;
}

}  // namespace

result<fault_plan> fault_plan::parse(std::string_view text) {
    fault_plan plan;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto one = parse_one(text.substr(0, comma));
        if (!one) return one.error();
        plan.faults.push_back(*one);
        text = comma == text.npos ? std::string_view{} : text.substr(comma + 1);
    }
    return plan;
}

std::string_view to_string(fault_kind kind) noexcept {
    for (auto const& [k, name] : names) {
        if (k == kind) return name;
    }
    return "unknown";
}

std::string fault_names() {
    std::string all;
    for (auto const& [kind, name] : names) {
        if (!all.empty()) all += ", ";
        all += name;
    }
    return all;
}

}  // namespace aisle::playground
