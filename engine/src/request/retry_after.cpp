#include "retry_after.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace aisle::detail {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/// Parses a text from its front; after the first mismatch everything fails.
class text_reader {
public:
    explicit text_reader(std::string_view text) : rest_(text) {}

    void skip(std::string_view expected) {
        if (rest_.starts_with(expected))
            rest_.remove_prefix(expected.size());
        else
            fits_ = false;
    }
    void skip_letters() {
        auto const end =
            std::ranges::find_if_not(rest_, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
        auto const n = static_cast<std::size_t>(end - rest_.begin());
        fits_ = fits_ && n > 0;
        rest_.remove_prefix(n);
    }
    unsigned number(std::size_t digits) {
        unsigned out = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            fits_ = fits_ && i < rest_.size() && rest_[i] >= '0' && rest_[i] <= '9';
            if (fits_) out = out * 10 + static_cast<unsigned>(rest_[i] - '0');
        }
        rest_.remove_prefix(std::min(digits, rest_.size()));
        return out;
    }
    // From 1; 0 if there is none.
    unsigned month() {
        auto const at = std::ranges::find(months, rest_.substr(0, 3));
        fits_ = fits_ && at != months.end();
        rest_.remove_prefix(std::min<std::size_t>(3, rest_.size()));
        return fits_ ? static_cast<unsigned>(at - months.begin()) + 1 : 0;
    }
    bool begins_with(char c) const { return rest_.starts_with(c); }
    bool is_read() const { return fits_ && rest_.empty(); }

private:
    std::string_view rest_;
    bool fits_ = true;
};

struct calendar_time {
    unsigned year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

    void read_time(text_reader& in) {
        hour = in.number(2);
        in.skip(":");
        minute = in.number(2);
        in.skip(":");
        second = in.number(2);
    }

    std::optional<sys_seconds> point() const {
        year_month_day const date(std::chrono::year(static_cast<int>(year)), std::chrono::month(month),
                                  std::chrono::day(day));
        if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;  // 60: a leap second
        return sys_days(date) + hours(hour) + minutes(minute) + seconds(second);
    }
};

}  // namespace

std::optional<sys_seconds> read_http_date(std::string_view text, system_clock::time_point now) {
    text_reader in(text);
    calendar_time out;
    in.skip_letters();          // the day of the week is redundant
    if (in.begins_with(' ')) {  // asctime: "Sun Nov  6 08:49:37 1994"
        in.skip(" ");
        out.month = in.month();
        in.skip(" ");
        bool const one_digit = in.begins_with(' ');
        if (one_digit) in.skip(" ");
        out.day = in.number(one_digit ? 1 : 2);
        in.skip(" ");
        out.read_time(in);
        in.skip(" ");
        out.year = in.number(4);
    } else {
        in.skip(", ");
        out.day = in.number(2);
        bool const old = in.begins_with('-');  // RFC 850: "Sunday, 06-Nov-94 08:49:37 GMT"
        auto const* const between = old ? "-" : " ";
        in.skip(between);
        out.month = in.month();
        in.skip(between);
        out.year = in.number(old ? 2 : 4);
        if (old) {
            auto const latest = static_cast<int>(year_month_day(floor<days>(now)).year()) + 50;
            out.year += static_cast<unsigned>(latest) / 100 * 100;
            if (static_cast<int>(out.year) > latest) out.year -= 100;
        }
        in.skip(" ");
        out.read_time(in);
        in.skip(" GMT");
    }
    return in.is_read() ? out.point() : std::nullopt;
}

std::optional<milliseconds> read_retry_after(std::string_view field, std::string_view date,
                                             system_clock::time_point now) {
    std::uint64_t count = 0;
    auto const [stopped, ec] = std::from_chars(field.data(), field.data() + field.size(), count);
    if (!field.empty() && stopped == field.data() + field.size()) {
        auto const most = static_cast<std::uint64_t>(duration_cast<seconds>(longest_retry_after).count());
        return seconds(ec == std::errc{} ? std::min(count, most) : most);
    }
    auto const until = read_http_date(field, now);
    if (!until) return std::nullopt;
    auto const since = read_http_date(date, now).value_or(floor<seconds>(now));
    return std::clamp<milliseconds>(*until - since, milliseconds(0), longest_retry_after);
}

}  // namespace aisle::detail
