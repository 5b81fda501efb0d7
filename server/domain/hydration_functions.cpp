#include "domain/hydration_functions.hpp"

namespace vn {

void hydration_functions::add(std::string name, const hydration_function& function)
{
    functions_[std::move(name)] = &function;
}

const hydration_function* hydration_functions::find(std::string_view name) const
{
    const auto found = functions_.find(name);
    return found == functions_.end() ? nullptr : found->second;
}

} // namespace vn
