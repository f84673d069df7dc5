// libcurl's multi interface and libarchive: a careful C++ program without Aisle. Each answer is collected completely,
// then read by libarchive; handles are reused, so that connections are too.

#include "get_batch_request.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cstdio>
#include <curl/curl.h>
#include <memory>
#include <stdexcept>

namespace {

using bench::job;

struct transfer {
    CURL* easy = nullptr;
    std::string url = {};
    std::string body = {};
    std::vector<char> answer = {};
    bench::stopwatch::clock::time_point asked = {};
};

class client {
public:
    explicit client(job const& j) : job_(j), multi_(curl_multi_init()), url_(j.endpoint + bench::get_batch_path(j)) {
        headers_.reset(curl_slist_append(curl_slist_append(nullptr, "Content-Type: application/json"), "Expect:"));
    }

    void run() {
        std::vector<transfer> transfers(std::min<std::size_t>(std::max(job_.in_flight, 1u), job_.batches));
        for (auto& t : transfers) {
            t.easy = curl_easy_init();
            prepare(t);
            ask(t);
        }
        while (done_ < job_.batches) {
            int running = 0, left = 0;
            curl_multi_perform(multi_, &running);
            while (auto* const m = curl_multi_info_read(multi_, &left)) {
                if (m->msg != CURLMSG_DONE) continue;
                transfer* t = nullptr;
                curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
                if (m->data.result != CURLE_OK) throw std::runtime_error(curl_easy_strerror(m->data.result));
                curl_multi_remove_handle(multi_, t->easy);
                finish(*t);
            }
            if (done_ < job_.batches) curl_multi_poll(multi_, nullptr, 0, 1000, nullptr);
        }
        watch_.stop();
        if (samples_ != job_.batches * job_.batch)
            throw std::runtime_error(std::to_string(samples_) + " samples of " +
                                     std::to_string(job_.batches * job_.batch));
        watch_.print(samples_, bytes_, std::move(times_));
        for (auto& t : transfers) curl_easy_cleanup(t.easy);
        curl_multi_cleanup(multi_);
    }

private:
    void prepare(transfer& t) {
        curl_easy_setopt(t.easy, CURLOPT_PRIVATE, &t);
        curl_easy_setopt(t.easy, CURLOPT_NOPROXY, "*");
        curl_easy_setopt(t.easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(t.easy, CURLOPT_FAILONERROR, 1L);
        curl_easy_setopt(t.easy, CURLOPT_BUFFERSIZE, 256L * 1024);
        curl_easy_setopt(t.easy, CURLOPT_CUSTOMREQUEST, "GET");
        curl_easy_setopt(t.easy, CURLOPT_HTTPHEADER, headers_.get());
        curl_easy_setopt(t.easy, CURLOPT_WRITEDATA, &t);
        curl_easy_setopt(
            t.easy, CURLOPT_WRITEFUNCTION, +[](char* data, std::size_t, std::size_t n, void* to) {
                auto& answer = static_cast<transfer*>(to)->answer;
                answer.insert(answer.end(), data, data + n);
                return n;
            });
    }

    void ask(transfer& t) {
        if (asked_ == job_.batches) return;
        t.body = bench::get_batch_body(job_, asked_++);
        t.answer.clear();
        t.asked = bench::stopwatch::clock::now();
        curl_easy_setopt(t.easy, CURLOPT_URL, url_.c_str());
        curl_easy_setopt(t.easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(t.body.size()));
        curl_easy_setopt(t.easy, CURLOPT_POSTFIELDS, t.body.c_str());
        curl_easy_setopt(t.easy, CURLOPT_CUSTOMREQUEST, "GET");
        curl_multi_add_handle(multi_, t.easy);
    }

    void finish(transfer& t) {
        struct closer {
            void operator()(archive* a) const { archive_read_free(a); }
        };
        std::unique_ptr<archive, closer> const a(archive_read_new());
        archive_read_support_format_tar(a.get());
        archive_read_support_format_zip(a.get());
        archive_read_support_filter_gzip(a.get());
        archive_read_support_filter_lz4(a.get());
        must(a.get(), archive_read_open_memory(a.get(), t.answer.data(), t.answer.size()));
        archive_entry* entry = nullptr;
        for (bool first = true; archive_read_next_header(a.get(), &entry) == ARCHIVE_OK; first = false) {
            void const* block = nullptr;
            std::size_t size = 0;
            la_int64_t offset = 0;
            int state = ARCHIVE_OK;
            while ((state = archive_read_data_block(a.get(), &block, &size, &offset)) == ARCHIVE_OK) bytes_ += size;
            if (state != ARCHIVE_EOF) must(a.get(), state);
            watch_.first_sample();
            if (first) times_.first_ms.push_back(watch_.ms_since(t.asked));
            ++samples_;
        }
        times_.whole_ms.push_back(watch_.ms_since(t.asked));
        ++done_;
        ask(t);
    }

    static void must(archive* a, int state) {
        if (state != ARCHIVE_OK) throw std::runtime_error(archive_error_string(a));
    }

    struct list_closer {
        void operator()(curl_slist* l) const { curl_slist_free_all(l); }
    };

    job const& job_;
    CURLM* multi_;
    std::string url_;
    std::unique_ptr<curl_slist, list_closer> headers_;
    std::size_t asked_ = 0;
    std::size_t done_ = 0;
    std::uint64_t samples_ = 0;
    std::uint64_t bytes_ = 0;
    bench::batch_times times_;
    bench::stopwatch watch_;
};

}  // namespace

int main(int argc, char** argv) try {
    auto const j = bench::read_job(argc, argv);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    client(j).run();
    return 0;
} catch (std::exception const& e) {
    std::fprintf(stderr, "bench_curl_archive: %s\n", e.what());
    return 1;
}
