#include "cluster.hpp"

#include <aisle/base/json_text.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <system_error>

namespace aisle::playground {
namespace {

constexpr unsigned max_targets = 64;
constexpr std::size_t max_proxies = 16;
constexpr unsigned max_threads = 256;
constexpr std::uint64_t max_made_up = 100'000'000;  // eight digits, so that names sort by index

void require(bool holds, std::string text) {
    if (!holds) throw exception(error(errc::invalid_argument, stage::usage, std::move(text)));
}

std::unique_ptr<store> with_made_up_of(synthetic const& made_up, std::unique_ptr<store> objects) {
    require(is_bucket_name(made_up.bucket),
            "the name of the synthetic bucket needs 1 to 64 letters, digits, '-', '_' or '.'");
    require(made_up.count <= max_made_up, "the synthetic bucket can have at most 100,000,000 objects");
    require(made_up.size < (std::uint64_t{1} << 62), "synthetic objects must be smaller than 2^62 bytes");
    return with_made_up(std::move(objects), made_up);
}

std::unique_ptr<store> make_store(server_options const& options) {
    require(options.targets >= 1 && options.targets <= max_targets, "the number of targets must be 1 to 64");
    require(options.proxy_hosts.size() <= max_proxies, "the number of proxies must be at most 16");
    require(options.threads >= 1 && options.threads <= max_threads, "the number of threads must be 1 to 256");
    require(options.tail_delay.count() >= 0, "tail_delay must not be negative");
    require(options.cold_latency.count() >= 0, "cold_latency must not be negative");
    require(options.startup.count() >= 0, "startup must not be negative");
    require(options.abort_lasts.count() >= 0, "abort_lasts must not be negative");
    require(options.broken_stream_lasts.count() >= 0, "broken_stream_lasts must not be negative");
    std::unique_ptr<store> objects;
    std::vector<bucket_id> declared;
    std::map<bucket_id, bucket_id> backends;
    for (auto const& text : options.cold) {
        auto const id = cold_bucket_id(text);
        require(id.has_value(),
                "\"" + text + "\" is not a cold bucket: write s3://NAME, gs://NAME, ais://NAME or similar");
        backends.emplace(*id, id->provider == "ais" ? bucket_id{.name = id->name, .provider = "aws"} : *id);
        declared.push_back(*id);
    }
    for (auto const& uri : options.buckets) {
        auto const id = bucket_id::parse(uri);
        require(id.has_value(),
                "\"" + uri + "\" is not a bucket: write ais://NAME, s3://NAME, ais://#NAMESPACE/NAME or similar");
        declared.push_back(*id);
    }
    if (options.root.empty()) {
        objects = make_memory_store();
    } else {
        std::error_code ec;
        require(std::filesystem::is_directory(options.root, ec), "'" + options.root.string() + "' is not a folder");
        objects = make_folder_store(options.root);
    }
    for (auto const& id : declared)
        if (auto const made = objects->create(id); !made) throw exception(made.error());
    if (!options.root.empty() && !options.writable_root) objects = as_read_only(std::move(objects));
    if (options.made_up) objects = with_made_up_of(*options.made_up, std::move(objects));
    return backends.empty() ? std::move(objects) : with_cold(std::move(objects), backends);
}
// If hosts of targets are given, they determine the number of targets.
server_options with_hosts(server_options options) {
    if (options.proxy_hosts.empty()) options.proxy_hosts = {options.host};
    if (options.target_hosts.empty()) {
        options.target_hosts.assign(options.targets, options.host);
    } else {
        options.targets = static_cast<unsigned>(options.target_hosts.size());
    }
    return options;
}

}  // namespace

std::optional<bucket_id> cold_bucket_id(std::string_view text) {
    auto uri = std::string(text);
    auto const colon = uri.find(':');
    if (colon != uri.npos && uri.compare(colon, 3, "://") != 0) uri.insert(colon + 1, "//");
    return bucket_id::parse(uri);
}

cluster::cluster(server_options options)
    : options_(with_hosts(std::move(options))),
      store_(make_store(options_)),
      batch_counts_(std::make_unique<batch_counts[]>(options_.targets)),
      troubles_(options_.abort_lasts, options_.broken_stream_lasts),
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

void cluster::name_nodes(std::vector<node_address> const& proxies, std::vector<node_address> const& targets) {
    proxies_.clear();
    for (auto const& at : proxies) proxies_.push_back(named(role::proxy, static_cast<unsigned>(proxies_.size()), at));
    targets_.clear();
    for (auto const& at : targets) targets_.push_back(named(role::target, static_cast<unsigned>(targets_.size()), at));
}

node cluster::named(role plays, unsigned index, node_address const& at) {
    node n{.plays = plays, .index = index, .host = at.host, .port = at.port};
    auto const letter = plays == role::proxy ? 'p' : 't';
    n.id = random_id(3) + letter + std::to_string(at.port);
    n.name = std::string(1, letter) + "[" + n.id + "]";
    auto const bracketed = at.host.find(':') != std::string::npos;
    std::string const scheme = options_.tls_certificate.empty() ? "http://" : "https://";
    n.url = scheme + (bracketed ? "[" + at.host + "]" : at.host) + ":" + std::to_string(at.port);
    return n;
}

void cluster::set_token(std::string token) {
    std::lock_guard const lock(token_mutex_);
    token_ = std::move(token);
}

std::string cluster::token_error(std::string_view authorization) const {
    std::lock_guard const lock(token_mutex_);
    if (token_.empty()) return {};
    if (authorization.empty()) return "token required";
    return authorization == "Bearer " + token_ ? "" : "invalid token";
}

unsigned cluster::owner(bucket_id const& bucket, std::string_view object) const {
    auto owner = first_owner(bucket, object);
    for (unsigned i = 0; i < options_.targets && is_lost(owner); ++i) owner = (owner + 1) % options_.targets;
    return owner;
}

std::string cluster::location_of(bucket_id const& bucket, std::string_view object) const {
    return targets_[owner(bucket, object)].name + ":mp[/playground]";
}

bool cluster::has_lost(bucket_id const& bucket, std::string_view object) const {
    return lost_ != 0 && is_lost(first_owner(bucket, object));
}

unsigned cluster::random_target() {
    auto chosen = static_cast<unsigned>(random_below(options_.targets));
    for (unsigned i = 0; i < options_.targets && is_lost(chosen); ++i) chosen = (chosen + 1) % options_.targets;
    return chosen;
}

unsigned cluster::first_owner(bucket_id const& bucket, std::string_view object) const {
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
    // An ID must start with a letter.
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

cluster_map cluster::map_without(std::vector<unsigned> const& proxies) {
    std::lock_guard const lock(map_mutex_);
    if (std::pair now(proxies, lost_.load()); now != left_out_) {
        left_out_ = std::move(now);
        ++map_changes_;
    }
    auto map = first_map();
    map.version += map_changes_;
    std::erase_if(map.proxies, [&](node const* n) { return std::ranges::find(proxies, n->index) != proxies.end(); });
    std::erase_if(map.targets, [&](node const* n) { return is_lost(n->index); });
    if (map.proxies.empty()) map.proxies.push_back(&proxies_.front());
    return map;
}

cluster_map cluster::first_map() const {
    cluster_map map{.version = proxies_.size() + targets_.size(), .uuid = uuid_, .created = created_};
    for (auto const& n : proxies_) map.proxies.push_back(&n);
    for (auto const& n : targets_) map.targets.push_back(&n);
    return map;
}

cluster::readiness cluster::started() const {
    if (options_.startup.count() == 0 || uptime() >= options_.startup) return readiness::ready;
    return uptime() < options_.startup / 2 ? readiness::no_proxy : readiness::no_targets;
}

std::string cluster::config_json() const {
    auto const wait_s = std::chrono::duration_cast<std::chrono::seconds>(options_.max_wait).count();
    return "{\"get_batch\":{\"compression\":\"never\",\"bundle_multiplier\":2,\"burst_buffer\":512,\"max_wait\":\"" +
           std::to_string(wait_s) +
           "s\",\"warmup_workers\":-1,\"max_soft_errs\":8,\"max_gfn\":5},\"uuid\":" + base::json_string(uuid_) +
           ",\"proxy\":{\"primary_url\":" + base::json_string(proxies_.front().url) +
           ",\"original_url\":" + base::json_string(proxies_.front().url) +
           ",\"discovery_url\":" + base::json_string(proxies_.front().url) +
           ",\"non_electable\":false},\"auth\":{\"client_auth_required\":false},\"features\":\"0\"," +
           "\"config_version\":\"1\"}";
}

std::string cluster::node_stats_json(node const& of) const {
    auto const tracker = of.plays == role::target ? batch_counts_[of.index].json() : "{}";
    return "{\"snode\":" + node_json(of) + ",\"tracker\":" + tracker + ",\"capacity\":{}}";
}

std::string cluster::cluster_stats_json(node const& by) const {
    std::string targets;
    for (auto const& t : targets_)
        if (!is_lost(t.index))
            targets += (targets.empty() ? "" : ",") + base::json_string(t.id) + ":" + node_stats_json(t);
    return "{\"proxy\":" + node_stats_json(by) + ",\"target\":{" + targets + "}}";
}

}  // namespace aisle::playground
