#include "store.hpp"

#include <aisle/codec/utf8.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace aisle::playground {
namespace {

namespace fs = std::filesystem;

// Uploads are in the same folder until they are complete. The prefix hides them from listings and requests.
constexpr std::string_view upload_prefix = ".aisle-upload-";

constexpr std::chrono::seconds listing_age{60};

std::string last_step(std::string const& name) {
    return name.substr(name.rfind('/') + 1);
}

error failed(errc code, std::string_view what, int number) {
    return {code, stage::usage, std::string(what) + ": " + std::generic_category().message(number)};
}

// True for a name that identifies one file: no component is empty, ".", ".." or an upload.
bool is_plain_name(std::string const& name) {
    if (name.empty() || name.front() == '/' || name.back() == '/' || name.find('\0') != name.npos) return false;
    for (auto const& step : fs::path(name)) {
        if (step.empty() || step == "." || step == ".." || step.native().starts_with(upload_prefix)) return false;
    }
    return true;
}

class file_upload : public upload {
public:
    file_upload(file_descriptor folder, file_descriptor file, std::string temporary, std::string name)
        : folder_(std::move(folder)),
          file_(std::move(file)),
          temporary_(std::move(temporary)),
          name_(std::move(name)) {}
    ~file_upload() override {
        if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
    }

    result<void> write(std::span<std::byte const> data) override {
        while (!data.empty()) {
            auto const n = ::write(file_.get(), data.data(), data.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return failed(errc::limit_exceeded, "cannot write the object", errno);
            data = data.subspan(static_cast<std::size_t>(n));
        }
        return {};
    }

    result<void> commit() override {
        if (::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name_.c_str()) != 0)
            return failed(errc::invalid_argument, "cannot rename the object's file", errno);
        temporary_.clear();
        return {};
    }

private:
    file_descriptor folder_;
    file_descriptor file_;
    std::string temporary_;
    std::string name_;
};

// The sorted names of a bucket, cached for the pages of a listing.
struct listing {
    std::mutex mutex;
    std::vector<listed_object> objects;
    std::chrono::steady_clock::time_point made_at{};
};

class folder_bucket : public bucket {
public:
    folder_bucket(fs::path path, file_descriptor folder, std::shared_ptr<listing> names)
        : path_(std::move(path)), folder_(std::move(folder)), listing_(std::move(names)) {}

    std::optional<stored_object> open(std::string const& name) const override {
        if (!is_plain_name(name)) return std::nullopt;
        // Non-blocking, because opening a pipe would wait for a writer.
        auto fd = open_beneath(folder_.get(), name, O_RDONLY | O_NONBLOCK);
        struct stat info{};
        if (!fd || ::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) return std::nullopt;
        auto const nanoseconds = static_cast<std::uint64_t>(info.st_mtim.tv_sec) * 1'000'000'000u +
                                 static_cast<std::uint64_t>(info.st_mtim.tv_nsec);
        auto const identity = nanoseconds ^ (static_cast<std::uint64_t>(info.st_ino) << 20);
        return stored_object::file(std::move(fd), static_cast<std::uint64_t>(info.st_size), info.st_mtim.tv_sec,
                                   identity);
    }

    result<std::unique_ptr<upload>> put(std::string const& name) override {
        static std::atomic<std::uint64_t> number{0};
        if (!is_plain_name(name))
            return error(errc::invalid_argument, stage::usage,
                         "the name is not a valid file name in the folder of the bucket");
        auto folder = make_parents_beneath(folder_.get(), name);
        if (!folder) return failed(errc::invalid_argument, "cannot create the folder of the object", errno);
        auto temporary = std::string(upload_prefix) + std::to_string(::getpid()) + "-" + std::to_string(++number);
        file_descriptor file(::openat(folder.get(), temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
        if (!file) return failed(errc::invalid_argument, "cannot create the file of the object", errno);
        return std::unique_ptr<upload>(
            std::make_unique<file_upload>(std::move(folder), std::move(file), std::move(temporary), last_step(name)));
    }

    result<void> remove(std::string const& name) override {
        if (!open(name)) return error(errc::missing, stage::usage, "the object does not exist");
        auto const slash = name.rfind('/');
        auto const folder = slash == name.npos ? file_descriptor(::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0))
                                               : open_beneath(folder_.get(), name.substr(0, slash), O_RDONLY);
        if (!folder || ::unlinkat(folder.get(), last_step(name).c_str(), 0) != 0)
            return failed(errc::missing, "cannot remove the object", errno);
        return {};
    }

    std::vector<listed_object> list(std::string_view prefix, std::string_view after, std::size_t limit) override {
        std::lock_guard const lock(listing_->mutex);
        auto const now = std::chrono::steady_clock::now();
        if (after.empty() || now - listing_->made_at > listing_age) {
            listing_->objects = walk();
            listing_->made_at = now;
        }
        auto const& all = listing_->objects;
        auto at = after < prefix ? std::ranges::lower_bound(all, prefix, {}, &listed_object::name)
                                 : std::ranges::upper_bound(all, after, {}, &listed_object::name);
        std::vector<listed_object> page;
        for (; at != all.end() && page.size() < limit && at->name.starts_with(prefix); ++at) page.push_back(*at);
        return page;
    }

private:
    // JSON supports only UTF-8: a file with another name cannot be requested, so it is not an object.
    std::vector<listed_object> walk() const {
        std::vector<listed_object> all;
        std::error_code ec;
        fs::recursive_directory_iterator at(path_, fs::directory_options::skip_permission_denied, ec);
        for (; !ec && at != fs::recursive_directory_iterator(); at.increment(ec)) {
            std::error_code file_ec;
            auto name = at->path().lexically_relative(path_).native();
            if (!is_plain_name(name) || !codec::is_valid_utf8(name)) continue;
            if (at->is_symlink(file_ec)) {
                if (auto const linked = open(name)) all.push_back({std::move(name), linked->size()});
            } else if (at->is_regular_file(file_ec)) {
                auto const size = at->file_size(file_ec);
                if (!file_ec) all.push_back({std::move(name), size});
            }
        }
        std::ranges::sort(all, {}, &listed_object::name);
        return all;
    }

    fs::path path_;
    file_descriptor folder_;
    std::shared_ptr<listing> listing_;
};

// The folder of a bucket below the root: "b", "s3:b", "#space/b".
std::string folder_of(bucket_id const& id) {
    auto out = id.space.is_global() ? std::string() : id.space.text() + "/";
    if (id.provider != "ais") out.append(scheme_of(id.provider)).append(":");
    return out + id.name;
}

// The bucket that belongs to a folder.
std::optional<bucket_id> bucket_of_folder(std::string_view name) {
    bucket_id id;
    if (auto const mark = name.find(':'); mark != name.npos) {
        auto const provider = canonical_provider(name.substr(0, mark));
        if (!provider || scheme_of(*provider) != name.substr(0, mark) || *provider == "ais") return std::nullopt;
        id.provider = *provider;
        name.remove_prefix(mark + 1);
    }
    if (!is_bucket_name(name)) return std::nullopt;
    id.name = name;
    return id;
}

class folder_store : public store {
public:
    explicit folder_store(fs::path root) : root_(std::move(root)), folder_(open_folder(root_)) {}

    std::shared_ptr<bucket> find(bucket_id const& id) override {
        if (!is_bucket_name(id.name)) return nullptr;
        auto const name = folder_of(id);
        auto folder = open_beneath(folder_.get(), name, O_RDONLY | O_DIRECTORY);
        if (!folder) return nullptr;
        std::lock_guard const lock(mutex_);
        auto& names = listings_[name];
        if (!names) names = std::make_shared<listing>();
        return std::make_shared<folder_bucket>(root_ / name, std::move(folder), names);
    }

    std::vector<bucket_id> names() override {
        std::vector<bucket_id> all;
        for (auto const& name : folders_in(root_)) {
            if (auto id = bucket_of_folder(name)) all.push_back(std::move(*id));
            if (!name.starts_with('#') && !name.starts_with('@')) continue;
            auto const space = bucket_namespace::parse(name);
            if (!space || space->text() != name) continue;
            for (auto const& inner : folders_in(root_ / name)) {
                auto id = bucket_of_folder(inner);
                if (!id) continue;
                id->space = *space;
                all.push_back(std::move(*id));
            }
        }
        std::erase_if(all, [this](auto const& id) { return !find(id); });
        std::ranges::sort(all);
        return all;
    }

    result<bool> create(bucket_id const& id) override {
        auto const path = folder_of(id);
        auto const parent = make_parents_beneath(folder_.get(), path);
        if (parent && ::mkdirat(parent.get(), last_step(path).c_str(), 0777) == 0) return true;
        if (errno == EEXIST) return false;
        return failed(errc::invalid_argument, "cannot create the folder of the bucket", errno);
    }

    result<void> destroy(bucket_id const& id) override {
        auto const name = folder_of(id);
        std::error_code ec;
        if (find(id)) fs::remove_all(root_ / name, ec);
        if (ec)
            return error(errc::invalid_argument, stage::usage,
                         "cannot remove the folder of the bucket: " + ec.message());
        std::lock_guard const lock(mutex_);
        listings_.erase(name);
        return {};
    }

private:
    static std::vector<std::string> folders_in(fs::path const& path) {
        std::vector<std::string> names;
        std::error_code ec;
        for (fs::directory_iterator at(path, ec); !ec && at != fs::directory_iterator(); at.increment(ec)) {
            std::error_code entry_ec;
            if (at->is_directory(entry_ec)) names.push_back(at->path().filename().native());
        }
        return names;
    }

    fs::path root_;
    file_descriptor folder_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<listing>> listings_;
};

}  // namespace

std::unique_ptr<store> make_folder_store(std::filesystem::path const& root) {
    return std::make_unique<folder_store>(root);
}

}  // namespace aisle::playground
