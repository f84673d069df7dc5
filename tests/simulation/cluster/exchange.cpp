#include "exchange.hpp"

namespace aisle::simulation {

error refusal(int status, std::string words, std::string code) {
    error e{errc::server_error, stage::response, "the server refused"};
    e.http_status = status;
    e.server_text = std::move(words);
    e.server_code = std::move(code);
    return e;
}

error link_error(errc code, stage where, char const* words) {
    return {code, where, words};
}

}  // namespace aisle::simulation
