#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace bench {

/// A target's answer to a Get-Batch request, byte for byte, and its answers to requests for consecutive entries of it:
/// Aisle requests a large batch in parts, and hedges late entries.
///
/// Any such part is available of a plain tar; of a compressed one or a zip only the whole.
class captured_answer {
public:
    /// Throws std::runtime_error unless it is a complete chunked answer with status 200.
    explicit captured_answer(std::string bytes);

    struct reply {
        std::vector<std::string_view> runs;  ///< of the captured bytes; valid while this object lives
        std::string built = {};              ///< instead of runs, if chunks cross members
    };

    /// The reply to a request with this JSON body. Throws std::runtime_error for entries that were not captured.
    reply to(std::string_view request_body) const;

    /// The bytes of a member, valid while this object lives. Throws std::runtime_error unless it was captured, in a
    /// plain tar.
    std::string_view object(std::string const& name) const;

private:
    struct member {
        std::size_t in_tar;
        std::size_t in_bytes;  // start of its first chunk; npos if it starts inside one
    };

    void read_chunks();
    void read_members();
    std::size_t size_at(std::size_t header) const;
    reply part(std::size_t first, std::size_t count) const;

    std::string bytes_;
    std::size_t body_ = 0;                                        // start of the chunks
    std::unordered_map<std::size_t, std::size_t> chunk_at_ = {};  // offset in the tar: offset in bytes_
    std::string tar_ = {};                                        // empty for other formats
    std::vector<member> members_ = {};                            // and one more: the end of the archive
    std::unordered_map<std::string, std::size_t> index_of_ = {};  // by object name, without its bucket
};

}  // namespace bench
