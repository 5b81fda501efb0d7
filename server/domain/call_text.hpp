// What stands between the brackets of `use="vn:NAME(...)"` for a function other than link. docs/hydration.md has the
// grammar.
#pragma once

#include "core/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vn {

enum class argument_kind
{
    literal,    // text without its quotes
    expression, // text is XPath
    call,       // of the function `text`
};

struct call_argument
{
    argument_kind kind = argument_kind::literal;
    std::string text;
    std::vector<call_argument> arguments = {};
};

// Code hydration-failed; the message is a part of one: "argument 2 is empty".
result<std::vector<call_argument>, failure> parse_arguments(std::string_view list);

// Whether an expression begins like one: with '/', '.', '(' or the call of an XPath function.
bool begins_expression(std::string_view text) noexcept;

} // namespace vn
