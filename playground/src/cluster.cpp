#include "cluster.hpp"

#include "json_text.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <system_error>

namespace aisle::playground {
namespace {

constexpr unsigned max_targets = 64;
constexpr unsigned max_threads = 256;
constexpr std::uint64_t max_made_up = 100'000'000;  // eight digits: names sort as indices do

void require(bool holds, std::string text) {
    if (!holds) throw exception(error(errc::invalid_argument, stage::usage, std::move(text)));
}

std::unique_ptr<store> make_store(server_options const& options) {
    require(options.targets >= 1 && options.targets <= max_targets, "targets: 1 to 64");
    require(options.threads >= 1 && options.threads <= max_threads, "threads: 1 to 256");
    require(options.tail_delay.count() >= 0, "tail_delay cannot be negative");
    std::unique_ptr<store> objects;
    std::vector<bucket_id> declared;
    for (auto const& uri : options.buckets) {
        auto const id = bucket_id::parse(uri);
        require(id.has_value(),
                "bucket \"" + uri + "\": expected ais://NAME, s3://NAME and so on, or ais://#SPACE/NAME");
        declared.push_back(*id);
    }
    if (options.root.empty()) {
        objects = make_memory_store();
    } else {
        std::error_code ec;
        require(std::filesystem::is_directory(options.root, ec), options.root.string() + " is not a folder");
        objects = make_folder_store(options.root);
    }
    for (auto const& id : declared)
        if (auto const made = objects->create(id); !made) throw exception(made.error());
    if (!options.made_up) return objects;
    require(is_bucket_name(options.made_up->bucket), "made-up bucket: letters, digits, '-', '_', '.', at most 64");
    require(options.made_up->count <= max_made_up, "made-up objects: at most 100000000");
    require(options.made_up->size < (std::uint64_t{1} << 62), "made-up objects are too large");
    return with_made_up(std::move(objects), *options.made_up);
}

std::string net_json(node const& n, std::string_view host) {
    return "{\"node_ip_addr\":" + json_string(host) + ",\"daemon_port\":\"" + std::to_string(n.port) +
           "\",\"direct_url\":" + json_string(n.url) + "}";
}

// A real node has one address for clients and two for its peers; here they are the same.
std::string node_json(node const& n, std::string_view host) {
    auto const net = net_json(n, host);
    std::uint64_t digest = 14695981039346656037u;
    for (char const c : n.id) digest = (digest ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return "{\"public_net\":" + net + ",\"intra_data_net\":" + net + ",\"intra_control_net\":" + net +
           ",\"daemon_type\":\"" + (n.plays == role::proxy ? "proxy" : "target") +
           "\",\"daemon_id\":" + json_string(n.id) + ",\"flags\":" + (n.plays == role::proxy ? "2" : "0") +
           ",\"id_digest\":" + std::to_string(digest) + "}";
}

}  // namespace

cluster::cluster(server_options options)
    : options_(std::move(options)),
      store_(make_store(options_)),
      token_(options_.token),
      random_(options_.seed != 0 ? options_.seed : std::random_device{}()),
      started_(std::chrono::steady_clock::now()) {
    auto const now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    created_.assign(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &utc));
    uuid_ = random_id(9);
}

void cluster::name_nodes(std::uint16_t proxy_port, std::vector<std::uint16_t> const& target_ports) {
    proxy_ = named(role::proxy, 0, proxy_port);
    targets_.clear();
    for (auto const port : target_ports)
        targets_.push_back(named(role::target, static_cast<unsigned>(targets_.size()), port));
}

node cluster::named(role plays, unsigned index, std::uint16_t port) {
    node n{.plays = plays, .index = index, .port = port};
    auto const letter = plays == role::proxy ? 'p' : 't';
    n.id = random_id(3) + letter + std::to_string(port);
    n.name = std::string(1, letter) + "[" + n.id + "]";
    auto const bracketed = options_.host.find(':') != std::string::npos;
    std::string const scheme = options_.tls_certificate.empty() ? "http://" : "https://";
    n.url = scheme + (bracketed ? "[" + options_.host + "]" : options_.host) + ":" + std::to_string(port);
    return n;
}

void cluster::set_token(std::string token) {
    std::lock_guard const lock(token_mutex_);
    token_ = std::move(token);
}

std::string cluster::token_complaint(std::string_view authorization) const {
    std::lock_guard const lock(token_mutex_);
    if (token_.empty()) return {};
    if (authorization.empty()) return "token required";
    return authorization == "Bearer " + token_ ? "" : "invalid token";
}

unsigned cluster::owner(bucket_id const& bucket, std::string_view object) const {
    if (options_.owner) return options_.owner(bucket.name, object) % options_.targets;
    std::uint64_t hash = 14695981039346656037u;  // FNV-1a
    for (std::string_view const text :
         {std::string_view(bucket.provider), std::string_view("/"), std::string_view(bucket.space.uuid),
          std::string_view("#"), std::string_view(bucket.space.name), std::string_view("/"),
          std::string_view(bucket.name), std::string_view("/"), object}) {
        for (char const c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
    return static_cast<unsigned>((hash ^ (hash >> 32)) % options_.targets);
}

std::uint64_t cluster::random_below(std::uint64_t bound) {
    std::lock_guard const lock(random_mutex_);
    return std::uniform_int_distribution<std::uint64_t>(0, bound - 1)(random_);
}

std::string cluster::random_id(std::size_t length) {
    constexpr std::string_view letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    std::lock_guard const lock(random_mutex_);
    std::uniform_int_distribution<std::size_t> pick(0, letters.size() - 1);
    std::string id;
    // The first is a letter, as ids must be.
    while (id.size() < length) {
        auto const c = letters[pick(random_)];
        if (!id.empty() || c > '9') id.push_back(c);
    }
    return id;
}

std::string cluster::timestamp() {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    auto n = std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
                 .count();
    std::string text;
    for (; n > 0; n /= 36) text.push_back(digits[static_cast<std::size_t>(n % 36)]);
    std::ranges::reverse(text);
    return text;
}

std::chrono::nanoseconds cluster::uptime() const {
    return std::chrono::steady_clock::now() - started_;
}

std::string cluster::cluster_map_json() const {
    auto const proxy = node_json(proxy_, options_.host);
    std::string json = "{\"pmap\":{" + json_string(proxy_.id) + ":" + proxy + "},\"proxy_si\":" + proxy + ",\"tmap\":{";
    for (auto const& target : targets_) {
        if (json.back() != '{') json += ",";
        json += json_string(target.id) + ":" + node_json(target, options_.host);
    }
    json += "},\"uuid\":" + json_string(uuid_) + ",\"creation_time\":" + json_string(created_) + ",\"version\":\"" +
            std::to_string(targets_.size() + 1) + "\"}";
    return json;
}

std::string cluster::config_json() const {
    auto const wait_s = std::chrono::duration_cast<std::chrono::seconds>(options_.max_wait).count();
    return "{\"get_batch\":{\"compression\":\"never\",\"bundle_multiplier\":2,\"burst_buffer\":512,\"max_wait\":\"" +
           std::to_string(wait_s) +
           "s\",\"warmup_workers\":-1,\"max_soft_errs\":8,\"max_gfn\":5},\"uuid\":" + json_string(uuid_) +
           ",\"proxy\":{\"primary_url\":" + json_string(proxy_.url) + ",\"original_url\":" + json_string(proxy_.url) +
           ",\"discovery_url\":" + json_string(proxy_.url) +
           ",\"non_electable\":false},\"auth\":{\"client_auth_required\":false},\"features\":\"0\"," +
           "\"config_version\":\"1\"}";
}

}  // namespace aisle::playground
