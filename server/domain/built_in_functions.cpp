#include "domain/built_in_functions.hpp"

namespace vn {

namespace {

const std::vector<function_signature>& signatures()
{
    using enum value_type;
    static const std::vector<function_signature> all{
        {"link", path, {{"source", path}, {"target", path}}},
        {"today", date, {}},
        {"now", date, {}},
        {"uuid", text, {}},
        {"env", text, {{"name", text}, {"default", text, true}}},
    };
    return all;
}

failure refused(std::string why)
{
    return failure{.code = "function-failed", .message = std::move(why)};
}

} // namespace

const function_signature* built_in_signature(std::string_view name) noexcept
{
    for (const auto& s : signatures())
        if (s.name == name)
            return &s;
    return nullptr;
}

result<std::string, failure> built_in_functions::time()
{
    if (now_.empty() && outside_.now)
        now_ = outside_.now();
    if (now_.empty())
        return refused("there is no clock here");
    return now_;
}

result<std::string, failure> built_in_functions::call(std::string_view name, const std::vector<std::string>& arguments)
{
    if (name == "now")
        return time();
    if (name == "today")
    {
        auto now = time();
        return now ? now->substr(0, now->find('T')) : now;
    }
    if (name == "uuid")
    {
        if (!outside_.new_uuid)
            return refused("there is no source of identifiers here");
        return outside_.new_uuid();
    }

    const auto& variable = arguments.front();
    const auto allowed = outside_.variables.find(variable);
    // The same answer whether it is set or not.
    if (allowed == outside_.variables.end())
        return refused("the variable '" + variable.substr(0, 64) + "' is not among those that requests may see");
    if (allowed->second)
        return *allowed->second;
    if (arguments.size() > 1)
        return arguments[1];
    return refused("the variable '" + variable + "' is not set");
}

} // namespace vn
