// What can be the name of a user who has events.
#pragma once

#include <algorithm>
#include <string_view>

namespace vn {

// 1 to 128 visible ASCII characters, no ':', as the scripts have it: a channel belongs to exactly one user.
inline bool is_user_name(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= 128 &&
           std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127 && c != ':'; });
}

} // namespace vn
