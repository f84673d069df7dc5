#include "bucket_calls.hpp"

#include "../batch/fault.hpp"
#include "../call/cluster_call.hpp"
#include "../request/cluster_path.hpp"

#include <aisle/codec/json/bucket_props.hpp>

#include <memory>
#include <utility>

namespace aisle::detail {
namespace {

/// A request about a bucket that the proxy serves itself.
class bucket_call : public cluster_call {
public:
    bucket_call(std::string const& bucket, char const* method, char const* action)
        : bucket_(bucket), method_(method), action_(action) {}

    result<http::request> next_request() override {
        auto const uri = read_bucket(bucket_);
        if (!uri) return uri.error();
        http::request out;
        out.method = method_;
        name_bucket(out.target, *uri);
        if (*action_) {
            out.content_type = "application/json";
            out.body = std::make_shared<std::string const>(std::string(R"({"action":")") + action_ + "\"}");
        }
        return out;
    }
    bool is_for_target() const noexcept override { return false; }
    std::string what() const override { return (*action_ ? action_ : "head") + (' ' + bucket_); }

protected:
    std::string const& bucket_;
    char const* const method_;
    char const* const action_;
};

/// Creates or destroys the bucket. An attempt that got no response may still have done it.
class change_call final : public bucket_call {
public:
    /// nothing_to_do: the status for a bucket that is already in the requested state.
    change_call(std::string const& bucket, char const* method, char const* action, int nothing_to_do)
        : bucket_call(bucket, method, action), nothing_to_do_(nothing_to_do) {}

    void lost() noexcept override { is_unclear_ = true; }

    http::task<result<void>> take(http::response& answer) override {
        if (answer.status() == 200) {
            changed = true;
            auto draining = answer.drain();
            co_await std::move(draining);
            co_return result<void>{};
        }
        auto refusing = refusal_in(answer);
        auto why = co_await std::move(refusing);
        // A server that is not AIStore responds 404 for every bucket.
        if (why.http_status != nothing_to_do_ || (nothing_to_do_ == 404 && !is_of_bucket(why))) co_return why;
        changed = is_unclear_;
        co_return result<void>{};
    }

    bool changed = false;

private:
    int const nothing_to_do_;
    bool is_unclear_ = false;  // an attempt got no response
};

http::task<result<bool>> change_bucket(operation_context context, std::string bucket, char const* method,
                                       char const* action, int nothing_to_do, retry_options retry) {
    change_call call(bucket, method, action, nothing_to_do);
    auto carrying = carry_out(context, call, retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    co_return call.changed;
}

class props_call final : public bucket_call {
public:
    explicit props_call(std::string const& bucket) : bucket_call(bucket, "HEAD", "") {}

    http::task<result<void>> take(http::response& answer) override {
        if (answer.status() != 200) {
            auto refusing = refusal_in(answer);
            co_return co_await std::move(refusing);
        }
        checksum_type = codec::checksum_type_in(answer.header("Ais-Bucket-Props"));
        co_return result<void>{};
    }

    std::string checksum_type;
};

}  // namespace

http::task<result<bool>> create_bucket(operation_context context, std::string bucket, operation_options options) {
    return change_bucket(context, std::move(bucket), "POST", "create-bck", 409, options.retry);
}

http::task<result<bool>> destroy_bucket(operation_context context, std::string bucket, operation_options options) {
    return change_bucket(context, std::move(bucket), "DELETE", "destroy-bck", 404, options.retry);
}

http::task<result<std::string>> ask_checksum_type(operation_context context, std::string bucket, retry_options retry) {
    props_call call(bucket);
    auto carrying = carry_out(context, call, retry);
    auto const done = co_await std::move(carrying);
    if (!done) co_return done.error();
    co_return std::move(call.checksum_type);
}

}  // namespace aisle::detail
