#include "feed_object.hpp"

#include "../entry/text_object.hpp"
#include "../python_error.hpp"
#include "../sample/sample_object.hpp"

#include <aisle/fork_generation.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

namespace aisle::python {
namespace {

/// Maximum samples and bytes of one list: enough that the cost of the list itself is small.
constexpr std::size_t many_samples = 256;
constexpr std::uint64_t many_bytes = 1 << 20;

}  // namespace

nb::object feed_object::read(nb::handle iterator) {
    switch (reader_.read(iterator, *feed_)) {
        case reading::full: return nb::bool_(false);
        case reading::pause: return nb::bool_(true);
        case reading::end: break;
    }
    return nb::none();
}

// ---- collecting

/// Makes current_ a block with samples left.
bool feed_object::next_block() {
    if (at_ < current_.size()) return true;
    auto block = feed_->try_next_block();
    current_ = block ? std::move(*block) : sample_block();
    at_ = 0;
    return !current_.empty();
}

/// Takes a sample, unless it must be raised: then returns false and leaves it.
bool feed_object::collect(sample_view view) {
    if (!view.delivered() && missing_ == missing_policy::raise) {
        raises_ = true;
        return false;
    }
    auto const number = view.entry().tag;
    auto const tag = reader_.take_tag(number);
    if (missing_ != missing_policy::skip || view.status() != sample_status::missing) {
        found_.push_back({view.keep(), number, tag});
        found_bytes_ += view.size();
    }
    ++taken_;
    ++at_;
    return true;
}

void feed_object::collect_some() {
    while (found_.size() < many_samples && found_bytes_ < many_bytes && next_block())
        while (at_ < current_.size())
            if (!collect(current_[at_])) return;
}

/// True if the samples found so far should be returned.
bool feed_object::collect_batch() {
    while (next_block())
        while (at_ < current_.size()) {
            auto const view = current_[at_];
            bool const is_last = view.index() + 1 == view.batch_size();
            if (!collect(view) || (is_last && !found_.empty())) return true;
        }
    return false;
}

void feed_object::raise_undelivered() {
    raises_ = false;
    auto const undelivered = current_[at_].keep();
    reader_.take_tag(undelivered.entry().tag);
    ++taken_;
    ++at_;
    raise(undelivered.why(), undelivered.designated_target(), undelivered.request_id());
}

/// Another thread may run while Python creates objects, so the state is consistent before the first one.
nb::object feed_object::give() {
    if (found_.empty()) return nb::none();
    auto given = std::exchange(found_, {});
    found_bytes_ = 0;
    auto list = nb::steal(PyList_New(static_cast<Py_ssize_t>(given.size())));
    if (!list) throw nb::python_error();
    Py_ssize_t at = 0;
    for (auto& f : given) {
        auto* const made = new_sample(std::move(f.of), f.number, f.tag);
        if (!made) throw nb::python_error();
        PyList_SetItem(list.ptr(), at++, made);
    }
    return list;
}

nb::object feed_object::take() {
    if (found_.empty() && raises_) raise_undelivered();
    if (!raises_) collect_some();
    return give();
}

nb::object feed_object::take_batch() {
    if (found_.empty() && raises_) raise_undelivered();
    if (!raises_ && !collect_batch()) return nb::none();
    return give();
}

nb::object feed_object::take_rest() {
    return give();
}

// ---- the end

namespace {

nb::tuple tuple_of(summary const& s) {
    return nb::make_tuple(s.batches, s.delivered, s.missing, s.failed, s.bytes, s.retries, s.hedges, s.cold,
                          s.fault ? exception_of(*s.fault) : nb::none());
}

nb::tuple tuple_of(batch_report const& r) {
    return nb::make_tuple(
        r.batch, r.delivered, r.missing, r.failed, r.bytes, r.retries, r.hedges, r.cold,
        text_object(r.designated_target), text_object(r.request_id), text_object(r.output_format),
        std::chrono::duration<double>(r.first_sample).count(), std::chrono::duration<double>(r.last_sample).count(),
        r.fault ? exception_of(*r.fault) : nb::none(), r.overcome ? exception_of(*r.overcome) : nb::none());
}

/// finish() of a stream, on a separate thread.
struct finishing {
    std::shared_ptr<feed> of;
    done_signal done;
    std::optional<result<summary>> came;
    std::exception_ptr thrown;
    std::thread thread;
    unsigned const generation = detail::fork_generation();

    explicit finishing(std::shared_ptr<feed> stream) : of(std::move(stream)) {
        sigset_t all, before;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before);  // signals are for Python's threads
        try {
            thread = std::thread([this] { run(); });
        } catch (...) {
            ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
            throw;
        }
        ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }
    finishing(finishing const&) = delete;
    finishing& operator=(finishing const&) = delete;
    ~finishing() {
        if (generation != detail::fork_generation()) {
            thread.detach();  // it belongs to the parent
        } else {
            of->cancel();
            thread.join();
        }
    }

    void run() noexcept {
        try {
            came = of->finish();
        } catch (...) {
            thrown = std::current_exception();
        }
        done.set();
    }
};

}  // namespace

call feed_object::finish() {
    auto const running = std::make_shared<finishing>(feed_);
    return {running->done.descriptor(),
            [running]() -> nb::object {
                if (running->thrown) std::rethrow_exception(running->thrown);
                return tuple_of(running->came->value());
            },
            [running] { running->of->cancel(); }};
}

nb::list feed_object::reports() {
    nb::list out;
    for (auto const& r : feed_->take_reports()) out.append(tuple_of(r));
    return out;
}

void bind_feed(nb::module_& m) {
    nb::class_<feed_object>(m, "Feed", nb::is_final())
        .def("read", &feed_object::read, nb::arg("iterator"))
        .def("submit", &feed_object::submit, nb::arg("item"))
        .def("end_input", &feed_object::end_input)
        .def("take", &feed_object::take)
        .def("take_batch", &feed_object::take_batch)
        .def("take_rest", &feed_object::take_rest)
        .def("at_end", &feed_object::at_end)
        .def("finish", &feed_object::finish)
        .def("reports", &feed_object::reports)
        .def("cancel", &feed_object::cancel)
        .def_prop_ro("descriptor", &feed_object::descriptor)
        .def_prop_ro("has_rest", &feed_object::has_rest)
        .def_prop_ro("is_complete", &feed_object::is_complete)
        .def_prop_ro("taken", &feed_object::taken)
        .def_prop_ro("submitted", &feed_object::submitted)
        .def_prop_ro("room", &feed_object::room);
}

}  // namespace aisle::python
