// The defaults of engine_options, which come from the environment variables of AIStore's other clients.
#include <aisle/options.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

using namespace aisle;

namespace {

/// Sets a variable, or removes it, until the end of its scope.
class variable {
public:
    variable(char const* name, char const* value) : name_(name) {
        if (auto const* const old = std::getenv(name)) before_ = old;
        set(value);
    }
    ~variable() { set(before_ ? before_->c_str() : nullptr); }
    variable(variable const&) = delete;
    variable& operator=(variable const&) = delete;

private:
    void set(char const* value) const {
        if (value)
            ::setenv(name_, value, 1);
        else
            ::unsetenv(name_);
    }

    char const* name_;
    std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("without variables, the endpoint is local, and certificates are verified with the system's authorities") {
    variable const endpoint("AIS_ENDPOINT", nullptr), ca("AIS_CLIENT_CA", nullptr), cert("AIS_CRT", nullptr),
        key("AIS_CRT_KEY", nullptr), skip("AIS_SKIP_VERIFY_CRT", nullptr), token("AIS_AUTHN_TOKEN", nullptr),
        token_file("AIS_AUTHN_TOKEN_FILE", nullptr);
    engine_options const o;
    CHECK(o.endpoint == "http://localhost:8080");
    CHECK(o.tls.ca_file.empty());
    CHECK(o.tls.certificate_file.empty());
    CHECK(o.tls.key_file.empty());
    CHECK(o.tls.verify);
    CHECK(o.credentials.token.empty());
    CHECK(o.credentials.token_file.empty());
}

TEST_CASE("an option that is not set has the value of its variable") {
    variable const endpoint("AIS_ENDPOINT", "https://ais:51080"), ca("AIS_CLIENT_CA", "/ca.pem"),
        cert("AIS_CRT", "/me.pem"), key("AIS_CRT_KEY", "/me.key"), token("AIS_AUTHN_TOKEN", "abc"),
        token_file("AIS_AUTHN_TOKEN_FILE", "/token.json");
    engine_options const o;
    CHECK(o.endpoint == "https://ais:51080");
    CHECK(o.tls.ca_file == "/ca.pem");
    CHECK(o.tls.certificate_file == "/me.pem");
    CHECK(o.tls.key_file == "/me.key");
    CHECK(o.credentials.token == "abc");
    CHECK(o.credentials.token_file == "/token.json");
}

TEST_CASE("only a clear yes switches the check of certificates off") {
    for (auto const& [value, verifies] : {std::pair{"true", false},
                                          {"TRUE", false},
                                          {"1", false},
                                          {"yes", false},
                                          {"on", false},
                                          {"t", false},
                                          {"Y", false},
                                          {"false", true},
                                          {"0", true},
                                          {"", true},
                                          {"no", true},
                                          {"truer", true}}) {
        CAPTURE(value);
        variable const skip("AIS_SKIP_VERIFY_CRT", value);
        CHECK(default_tls().verify == verifies);
    }
}
