#pragma once

#include "../stream/stream_job.hpp"

#include <aisle/codec/archive_format.hpp>
#include <aisle/http/client.hpp>
#include <aisle/result.hpp>

#include <memory>
#include <span>
#include <string>

namespace aisle::detail {

/// The HTTP request of one batch: GET /v1/ml/moss/{bucket}?provider=..., with the entries as its JSON body. The caller
/// sets the host.
///
/// asked: indices of the entries to send, at least one. Every entry names its bucket and provider, because AIStore
/// takes an entry's bucket without provider as an ais bucket, whatever the URL has. All options are sent, because
/// their defaults are surprising (no "strm" means multipart). how: settings that are not in the stream's options. body:
/// an empty string for the JSON. Error: invalid_entry.
struct get_batch_form {
    bool only_object_names = false;  ///< as assembler_options::only_object_names
    bool colocated = true;           ///< with the stream's colocation hint
    bool streaming = true;           ///< send the archive while it is assembled; false: multipart, when complete
    codec::archive_format format = codec::archive_format::tar;
};
result<http::request> get_batch_request(batch_work const& work, std::span<std::uint32_t const> asked,
                                        get_batch_form how, std::shared_ptr<std::string> body);

/// AIStore's "JOB/WORK-ITEM" from the path of its proxy's redirect; empty if it has another form. Pure.
std::string request_id_of(std::string_view path);

}  // namespace aisle::detail
