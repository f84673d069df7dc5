#pragma once

#include <aisle/batch.hpp>

#include <memory>
#include <string>

namespace aisle::detail {

/// What the samples of one response share. Constant once a sample refers to it.
struct answer {
    std::shared_ptr<batch const> of;
    std::string designated_target;
    std::string request_id;
};

}  // namespace aisle::detail
