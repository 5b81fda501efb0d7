#include "api/event_limits.hpp"

namespace vn {

namespace {

bool is_full(std::size_t count, std::size_t limit)
{
    return limit > 0 && count >= limit;
}

template <class Counts>
void give_back(Counts& counts, typename Counts::iterator one)
{
    if (--one->second == 0)
        counts.erase(one);
}

} // namespace

event_place::event_place(event_limits& limits) : limits_(limits)
{
    ++limits_.total_;
}

event_place::~event_place()
{
    --limits_.total_;
    if (address_)
        give_back(limits_.addresses_, *address_);
    if (user_)
        give_back(limits_.users_, *user_);
}

result<std::shared_ptr<event_place>, failure> event_limits::take(const std::optional<client_address>& a)
{
    if (is_full(total_, settings_.total))
        return failure{.code = "too-many-listeners", .message = "The server has no place for another who listens."};
    if (a)
        if (const auto known = addresses_.find(*a);
            known != addresses_.end() && is_full(known->second, settings_.per_address))
            return failure{.code = "too-many-listeners-of-address",
                           .message = "As many listen from this address as may."};
    auto place = std::make_shared<event_place>(*this);
    if (a)
    {
        place->address_ = addresses_.try_emplace(*a, 0).first;
        ++(*place->address_)->second;
    }
    return place;
}

result<void, failure> event_limits::name(event_place& place, std::string_view user)
{
    const auto known = users_.find(user);
    if (known != users_.end() && is_full(known->second, settings_.per_user))
        return failure{.code = "too-many-listeners-of-user", .message = "As many listen as this user as may."};
    const auto counted = known != users_.end() ? known : users_.try_emplace(std::string(user), 0).first;
    ++counted->second;
    if (place.user_)
        give_back(users_, *place.user_);
    place.user_ = counted;
    return {};
}

} // namespace vn
