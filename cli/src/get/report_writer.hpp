#pragma once

#include "../output/file_writer.hpp"

#include <aisle/sample.hpp>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace aisle::cli {

/// One line of the report: the result of one entry.
struct report_line {
    std::uint64_t index = 0;  ///< of the entry in the input, from 0
    aisle::entry const* entry = nullptr;
    sample_status status = sample_status::failed;
    std::uint64_t size = 0;
    std::string_view sha256 = {};   ///< empty: not computed
    std::string_view target = {};   ///< host:port that responded; empty: none
    std::string_view request = {};  ///< AIStore's IDs of the request; empty: none
    std::string_view code = {};     ///< name of the errc; empty: no error
    std::string_view error = {};    ///< error message; empty: none
};

/// Appends the line as JSON, with a line feed: index, bucket, object; archpath, start, length and opaque if the entry
/// has them; status, size; sha256 if it was computed; target and request if a target responded; code and error if there
/// was an error.
void append_report_line(std::string& out, report_line const& line);

/// Writes the report to a file or standard output during the run. Not thread-safe. Throws run_error. stop ends a
/// blocked write to a pipe.
class report_writer {
public:
    /// append: keep what is in the file.
    report_writer(std::string path, bool append, std::stop_token stop)
        : file_(std::move(path), append ? publish::appended : publish::immediately, std::move(stop)) {}
    /// Writes what is buffered, so that an interrupted run leaves its report.
    ~report_writer();
    report_writer(report_writer const&) = delete;
    report_writer& operator=(report_writer const&) = delete;

    /// Lines reach the file within 200 ms while more lines follow; call flush() before a pause.
    void write(report_line const& line);
    /// Adds a "note" to the newest line. Has no effect after flush().
    void add_note(std::string_view text);
    void flush();
    void finish();

private:
    void write_newest();

    file_writer file_;
    std::string newest_;  ///< kept back, because it may still get a note
    std::chrono::steady_clock::time_point flushed_ = std::chrono::steady_clock::now();
};

}  // namespace aisle::cli
