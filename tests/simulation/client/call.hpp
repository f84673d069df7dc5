#pragma once

#include "driver.hpp"

namespace aisle::simulation {

/// One request of a machine: corresponds to batch_run::call.
class call final : public listener, public std::enable_shared_from_this<call> {
public:
    call(driver& of, batch_fetch& b, detail::batch_action const& a, std::uint64_t number);

    /// The limiter has admitted it.
    void begin();
    /// The machine no longer needs it.
    void drop();

    std::uint32_t id() const noexcept { return id_; }
    bool ended() const noexcept { return ended_; }
    bool dropped() const noexcept { return dropped_; }
    std::size_t expected() const noexcept { return ended_ ? 0 : expected_; }

    void redirected(unsigned target) override;
    void began() override;
    void bytes(std::size_t position, std::uint64_t count) override;
    void came(std::size_t position, arrival what, std::uint64_t size, std::string const& words) override;
    void over(std::optional<error> fault, int named) override;

private:
    bool plain() const noexcept { return form_ == detail::request_form::plain; }
    modelled_entry const& at(std::size_t position) const { return batch_.modelled[asked_[position]]; }
    void ask_proxy();
    void check_target(unsigned target, time_point since);
    void go(unsigned target);
    void after_read();
    void end(std::optional<error> fault, std::string_view full_target = {});
    void watch();

    driver& driver_;
    batch_fetch& batch_;
    std::uint32_t const id_;
    detail::request_form const form_;
    bool const another_proxy_;
    detail::entry_indices const asked_;
    cluster_model::shared_exchange exchange_;
    http::url proxy_;
    std::size_t expected_;  // bytes that have not arrived
    std::size_t position_ = 0;
    std::uint64_t came_ = 0;     // of a plain GET, in this answer
    std::uint64_t partial_ = 0;  // bytes received of the current entry
    time_point moved_{};
    bool head_ = false;
    bool in_ = false;
    bool where_known_ = true;
    bool dropped_ = false;
    bool ended_ = false;
};

}  // namespace aisle::simulation
