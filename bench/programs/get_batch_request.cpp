#include "get_batch_request.hpp"

namespace bench {

std::string get_batch_path(job const& j) {
    return "/v1/ml/moss/" + j.bucket + "?provider=ais";
}

std::string get_batch_body(job const& j, std::size_t index) {
    std::string body = R"({"mime":")" + j.format + R"(","coer":true,"onob":false,"strm":true,"in":[)";
    for (std::size_t i = 0; i < j.batch; ++i) {
        if (i) body += ',';
        body += R"({"objname":")" + j.name(index, i) + R"("})";
    }
    return body + "]}";
}

std::string get_batch_request(std::string const& host, std::string const& path, std::string const& body) {
    return "GET " + path + " HTTP/1.1\r\nHost: " + host +
           "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace bench
