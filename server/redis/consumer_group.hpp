// What is done to a consumer group apart from reading.
#pragma once

#include "redis/client.hpp"

#include <string>
#include <vector>

namespace vn::redis {

// Makes stream and group if they are not there, from the first entry on: what came before the group counts too (R17).
awaitable<error_code> make_group(connection& on, std::string_view stream, std::string_view group);

enum class given_to
{
    anybody,
    others_first, // this consumer itself leaves them alone for a lease
};

// Entries that a consumer holds go back, for others to claim at once; it counts as no delivery (R16). What Redis does
// not take at once is claimed when its lease is over: who stops does not wait for it.
awaitable<void> give_back(client& by, std::string_view stream, std::string_view group, std::string_view consumer,
                          std::vector<std::string> entries, given_to whom = given_to::anybody);

} // namespace vn::redis
