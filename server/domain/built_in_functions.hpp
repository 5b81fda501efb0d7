// link, today, now, uuid and env: there without any plugin, and in no plugin's power to replace.
#pragma once

#include "core/error.hpp"
#include "domain/function_signature.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// What these functions know of the world. Called on pool threads, several at once. A function that is
// empty refuses.
struct outside_values
{
    std::function<std::string()> now; // 2026-01-31T12:00:00.123Z
    std::function<std::string()> new_uuid;
    // Every environment variable that requests may see, with its value if it is set.
    std::map<std::string, std::optional<std::string>> variables;
};

inline const outside_values nothing_outside = {};

// Null if there is none of this name. `link` is among them, for its element form; what it does is known to hydration.
const function_signature* built_in_signature(std::string_view name) noexcept;

// For one hydration: the time stands still.
class built_in_functions
{
public:
    explicit built_in_functions(const outside_values& outside) : outside_(outside) {}

    // name is that of a signature above, but not link; the arguments fit it.
    result<std::string, failure> call(std::string_view name, const std::vector<std::string>& arguments);

private:
    result<std::string, failure> time();

    const outside_values& outside_;
    std::string now_;
};

} // namespace vn
