// Functions that choose between their arguments. All arguments are there before the choice is made: nothing is skipped.
#include "catalogue.hpp"

#include <optional>

namespace functions {

namespace {

text coalesce(std::vector<text> values)
{
    for (const auto& each : values)
        if (!each.empty())
            return each;
    return {};
}

text choose(bool condition, text then, std::optional<text> otherwise)
{
    return condition ? then : otherwise.value_or("");
}

text if_equal(text a, text b, text then, std::optional<text> otherwise)
{
    return choose(a == b, then, otherwise);
}

text if_empty(text value, text then)
{
    return value.empty() ? then : value;
}

bool equals(text a, text b)
{
    return a == b;
}

bool all_of(bool first, std::vector<bool> more)
{
    for (const bool each : more)
        first = first && each;
    return first;
}

bool any_of(bool first, std::vector<bool> more)
{
    for (const bool each : more)
        first = first || each;
    return first;
}

bool negation(bool value)
{
    return !value;
}

} // namespace

std::vector<vn::function> choice_functions()
{
    using vn::function_of;
    return {
        function_of<coalesce>("coalesce", "The first that is not empty; empty if all are", {"values: any texts"}),
        function_of<choose>("if", "One of two texts",
                            {"condition: true or false", "then: if true", "else: if false; empty if left out"}),
        function_of<if_equal>("if_equal", "One of two texts, by whether a and b are the same text",
                              {"a: any text", "b: any text", "then: if the same", "else: if not; empty if left out"}),
        function_of<if_empty>("if_empty", "value, or something else where it is empty",
                              {"value: any text", "then: if value is empty"}),
        function_of<equals>("equals", "Whether a and b are the same text; for numbers: compare",
                            {"a: any text", "b: any text"}),
        function_of<all_of>("and", "Whether all are true", {"first: true or false", "more: true or false"}),
        function_of<any_of>("or", "Whether one is true", {"first: true or false", "more: true or false"}),
        function_of<negation>("not", "true for false, false for true", {"value: true or false"}),
    };
}

} // namespace functions
