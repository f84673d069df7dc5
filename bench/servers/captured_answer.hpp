#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

/// A target's answer to a Get-Batch request, byte for byte, and what a target would have answered to a request for some
/// of its entries that follow one another: Aisle asks for a large batch in parts, and for what is late once more.
///
/// Of a plain tar any such part can be had; of a compressed one or a zip only the whole.
class captured_answer {
public:
    /// Throws std::runtime_error unless it is a whole chunked answer with status 200.
    explicit captured_answer(std::string bytes);

    struct reply {
        std::vector<std::string_view> runs;  ///< of the captured bytes; valid as long as this lives
        std::string built = {};              ///< in place of runs, where chunks lie across members
    };

    /// To a request with this JSON body. Throws std::runtime_error for entries that were not captured so.
    reply to(std::string_view request_body) const;

private:
    struct member {
        std::size_t in_tar;
        std::size_t in_bytes;  // where its first chunk begins; npos where it begins within one
    };

    void read_chunks();
    void read_members();
    reply part(std::size_t first, std::size_t count) const;

    std::string bytes_;
    std::size_t body_ = 0;                                        // where the chunks begin
    std::unordered_map<std::size_t, std::size_t> chunk_at_ = {};  // offset in the tar: offset in bytes_
    std::string tar_ = {};                                        // empty for other formats
    std::vector<member> members_ = {};                            // and one more: the end of the archive
    std::unordered_map<std::string, std::size_t> index_of_ = {};  // by object name, without its bucket
};

}  // namespace bench
