// Who asks for something that people do by hand, for the audit.
#pragma once

#include "core/ids.hpp"
#include "core/time_text.hpp"
#include "engine/settings.hpp"
#include "redis/client.hpp"

#include <string>

namespace vn {

struct operator_call
{
    std::string user; // as they say; may be empty
    std::string name; // X-Request-Id of the call
};

// The last arguments of every script that writes to the audit. The token is new for each call: if the answer of a
// script is lost and it is run again, it finds what it did (R2).
inline void add_caller(redis::arguments& args, const operator_call& who, const engine_settings& s)
{
    constexpr std::size_t longest = 256;
    args << new_id() << who.user.substr(0, longest) << who.name.substr(0, longest) << now_text() << s.node
         << s.audit_length;
}

} // namespace vn
