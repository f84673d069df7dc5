#pragma once

#include "file_writer.hpp"

#include <aisle/sample.hpp>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// One line of the report: what became of one entry.
struct report_line {
    std::uint64_t index = 0;  ///< of the entry in the input, from 0
    aisle::entry const* entry = nullptr;
    sample_status status = sample_status::failed;
    std::uint64_t size = 0;
    std::string_view sha256 = {};   ///< empty: not computed
    std::string_view target = {};   ///< host:port that answered; empty: none did
    std::string_view request = {};  ///< AIStore's names of the request; empty: none
    std::string_view code = {};     ///< errc's name of what went wrong; empty: nothing did
    std::string_view error = {};    ///< empty: none
};

/// The line as JSON, line feed included: index, bucket, object, archpath and opaque where the entry has them, status,
/// size, sha256 where it was computed, target and request where a target answered, code and error where there is one.
void append_report_line(std::string& out, report_line const& line);

/// Writes the report to a file or standard output as the run goes. Throws run_error. One thread. stop gives up
/// waiting for who reads a pipe.
class report_writer {
public:
    report_writer(std::string path, std::stop_token stop)
        : file_(std::move(path), appearance::at_once, std::move(stop)) {}
    /// A cut-off run: what is here is still worth having.
    ~report_writer();
    report_writer(report_writer const&) = delete;
    report_writer& operator=(report_writer const&) = delete;

    /// Lines reach the file at the latest with the second one after 200 ms; flush() for those before a pause.
    void write(report_line const& line);
    /// Adds a "note" to the newest line. Before flush().
    void remark(std::string_view text);
    void flush();
    void finish();

private:
    void pass_on();

    file_writer file_;
    std::string newest_;  ///< the newest line, which may still get a note
    std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

}  // namespace aisle::cli
