// How many may listen at once: in all, from one address, as one user. I/O thread only.
#pragma once

#include "api/client_address.hpp"
#include "core/error.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace vn {

// 0: no limit.
struct event_limit_settings
{
    std::size_t total = 0;
    std::size_t per_address = 500;
    // Only of users who have proved who they are: else anybody could take the places of another.
    std::size_t per_user = 1'000;
};

class event_limits;

// What one connection counts against; given back by its end.
class event_place
{
    friend event_limits;

    using address_count = std::map<client_address, std::size_t>::iterator;
    using user_count = std::map<std::string, std::size_t, std::less<>>::iterator;

    event_limits& limits_;
    std::optional<address_count> address_;
    std::optional<user_count> user_;

public:
    explicit event_place(event_limits& limits);
    ~event_place();
    event_place(const event_place&) = delete;
};

class event_limits
{
    friend event_place;

    event_limit_settings settings_;
    std::size_t total_ = 0;
    std::map<client_address, std::size_t> addresses_;
    std::map<std::string, std::size_t, std::less<>> users_;

public:
    // It outlives the places.
    explicit event_limits(event_limit_settings s) : settings_(s) {}
    event_limits(const event_limits&) = delete;

    // Codes: too-many-listeners, too-many-listeners-of-address.
    result<std::shared_ptr<event_place>, failure> take(const std::optional<client_address>& a);
    // The place is this user's from now on. Code: too-many-listeners-of-user; then nothing has changed.
    result<void, failure> name(event_place& place, std::string_view user);

    std::size_t total() const noexcept { return total_; }
    // Addresses and users that count now.
    std::size_t known() const noexcept { return addresses_.size() + users_.size(); }
};

} // namespace vn
