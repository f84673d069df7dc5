#pragma once

#include "../stream/stream_job.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

#include <span>

namespace aisle::detail {

/// The HTTP request of one batch: GET /v1/ml/moss/{bucket}?provider=..., the entries as its JSON body. The target's
/// host is left to the caller.
///
/// asked: indices of the entries to send, at least one. Every entry names its bucket and provider, as AIStore takes an
/// entry's bucket without provider for an ais one, whatever the URL says; all options are sent, as their absence means
/// other things than one would think (no "strm" is multipart). how: what does not come from the stream's options.
/// Error: invalid_entry.
struct moss_form {
    bool only_object_names = false;  ///< what assembler_options says
    bool colocated = true;           ///< with the stream's colocation hint
    bool streaming = true;           ///< as the archive is put together; false: in parts, when it is
    codec::archive_format format = codec::archive_format::tar;
};
result<http::request> moss_request(batch_work const& work, std::span<std::uint32_t const> asked, moss_form how);

/// AIStore's "JOB/WORK-ITEM" out of the path its proxy redirected to, empty when it has another form. Pure.
std::string request_id_of(std::string_view path);

}  // namespace aisle::detail
