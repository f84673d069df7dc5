#pragma once

#include "response_decoder.hpp"
#include "sample_assembler.hpp"

#include <aisle/slab.hpp>

namespace aisle::detail {

/// Takes all that the decoder has been fed and tells the assembler. Sans-IO.
///
/// fed_from: the slab that the piece last fed lies in. Returns when the decoder wants more input, and after finish()
/// when it has seen everything. An error is one of the answer: what is left of it has no meaning; what it brought
/// before is good.
result<void> decode_samples(response_decoder& decoder, sample_assembler& assembler, slab_ref const& fed_from);

}  // namespace aisle::detail
