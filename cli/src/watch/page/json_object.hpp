#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace aisle::cli {

/// Appends a JSON object to a string, member by member. The destructor closes the object.
class json_object {
public:
    explicit json_object(std::string& out);
    ~json_object();
    json_object(json_object const&) = delete;
    json_object& operator=(json_object const&) = delete;

    void count(std::string_view key, std::uint64_t value);
    /// Writes null when value is not finite.
    void number(std::string_view key, double value, int decimals);
    void text(std::string_view key, std::string_view value);
    void flag(std::string_view key, bool value);
    void null(std::string_view key);
    /// Starts a member; the caller appends its value.
    std::string& member(std::string_view key);

private:
    std::string& out_;
    bool empty_ = true;
};

/// Appends a number with at most that many decimals, without trailing zeros; null when it is not finite.
void append_number(std::string& out, double value, int decimals);

}  // namespace aisle::cli
