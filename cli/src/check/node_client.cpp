#include "node_client.hpp"

#include <aisle/codec/json/get_batch.hpp>
#include <aisle/http/client.hpp>

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <optional>

namespace aisle::cli {
namespace {

constexpr std::size_t slab_budget_bytes = std::size_t{8} << 20;
constexpr std::size_t max_body_bytes = std::size_t{64} << 20;

http::client_options options_of(tls_options const& tls, std::chrono::milliseconds limit) {
    http::client_options out;
    out.connect_timeout = out.first_byte_timeout = out.idle_timeout = limit;
    out.tls.ca_file = tls.ca_file;
    out.tls.certificate_file = tls.certificate_file;
    out.tls.key_file = tls.key_file;
    out.tls.verify = tls.verify;
    return out;
}

}  // namespace

class node_client::impl {
public:
    impl(tls_options const& tls, std::chrono::milliseconds limit)
        : slabs_(slab_budget_bytes), client_(io_.get_executor(), slabs_, options_of(tls, limit)) {}

    result<node_response> ask(std::string method, std::string const& url, std::string const& authorization) {
        auto target = http::parse_url(url);
        if (!target) return target.error();
        http::request what;
        what.method = std::move(method);
        what.target = std::move(*target);
        if (!authorization.empty()) what.extra.push_back({"Authorization", authorization});
        std::optional<result<node_response>> out;
        std::exception_ptr thrown;
        boost::asio::co_spawn(io_, fetch(std::move(what), &out), [&thrown](std::exception_ptr e) { thrown = e; });
        io_.restart();
        while (!out && !thrown) io_.run_one();
        if (thrown) std::rethrow_exception(thrown);
        return std::move(*out);
    }

private:
    http::task<void> fetch(http::request what, std::optional<result<node_response>>* out) {
        auto const began = std::chrono::steady_clock::now();
        auto opening = client_.open(std::move(what));
        auto opened = co_await std::move(opening);
        if (!opened) {
            out->emplace(opened.error());
            co_return;
        }
        http::response answer = std::move(*opened);
        node_response got;
        got.status = answer.status();
        got.date = answer.header("Date");
        partial_payload none;
        while (!answer.complete()) {
            auto reading = answer.read(none);
            auto const read = co_await std::move(reading);
            if (!read) {
                out->emplace(read.error());
                co_return;
            }
            for (auto const piece : answer.pieces())
                got.body.append(reinterpret_cast<char const*>(piece.data()), piece.size());
            if (got.body.size() > max_body_bytes) {
                out->emplace(error(errc::limit_exceeded, stage::response, "the response is larger than 64 MiB"));
                co_return;
            }
        }
        if (got.status != 200) {
            if (auto said = codec::read_error(got.body)) got.message = std::move(said->message);
        }
        got.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
        out->emplace(std::move(got));
    }

    boost::asio::io_context io_{1};
    slab_pool slabs_;
    http::client client_;
};

node_client::node_client(tls_options const& tls, std::chrono::milliseconds limit)
    : impl_(std::make_unique<impl>(tls, limit)) {}

node_client::~node_client() = default;

result<node_response> node_client::get(std::string const& url, std::string const& authorization) {
    return impl_->ask("GET", url, authorization);
}

result<node_response> node_client::remove(std::string const& url, std::string const& authorization) {
    return impl_->ask("DELETE", url, authorization);
}

}  // namespace aisle::cli
