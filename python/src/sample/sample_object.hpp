#pragma once

#include "../nanobind_headers.hpp"

#include <aisle/sample.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aisle::python {

/// A sample from a pickle, not from an engine of this process.
struct loose_sample {
    std::vector<std::byte> bytes;
    aisle::entry entry;
    std::uint64_t batch = 0;
    sample_status status = sample_status::failed;
    nb::object why;  // None if delivered
    std::string target;
    std::string request_id;
};

/// The fields of a Sample object, guarded by the GIL.
struct sample_fields {
    sample of;                            // empty if loose
    std::unique_ptr<loose_sample> loose;  // null if from an engine
    std::uint64_t index = 0;
    std::uint64_t tag = 0;
    std::size_t views = 0;  // buffers of it in use

    sample_status status() const noexcept { return loose ? loose->status : of.status(); }
    bool delivered() const noexcept { return status() == sample_status::delivered; }
    std::size_t size() const noexcept { return loose ? loose->bytes.size() : of.size(); }
    std::uint64_t batch() const noexcept { return loose ? loose->batch : of.batch(); }
    aisle::entry const& entry() const noexcept { return loose ? loose->entry : of.entry(); }
    std::string_view target() const noexcept { return loose ? loose->target : of.designated_target(); }
    std::string_view request_id() const noexcept { return loose ? loose->request_id : of.request_id(); }

    /// The payload. Throws the sample's error as a Python exception unless delivered.
    std::span<std::byte> bytes();
    /// None if delivered.
    nb::object why() const;
};

/// Adds the class aisle.Sample, to which aisle._sample adds the methods written in Python. It is a type of CPython's
/// own API, not of nanobind, and without garbage collection: there is one object per sample, and the bookkeeping of
/// either would cost more than the sample.
void bind_sample(nb::module_& m);

/// A Sample object. index: of the entry in its stream's source; tag: the entry's own. Null, with a Python error set, if
/// there is no memory. The GIL is held.
PyObject* new_sample(sample&& of, std::uint64_t index, std::uint64_t tag) noexcept;

}  // namespace aisle::python
