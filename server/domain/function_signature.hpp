// What a hydration function takes and gives, and whether a text is of a type. docs/hydration.md has the rules.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

enum class value_type
{
    text,
    number,  // -12.5, 1e-3
    integer, // 64 bits
    boolean, // true, false
    date,    // 2026-01-31, also with a time: 2026-01-31T12:00:00Z
    xml,     // any number of nodes
    path,    // an XPath expression that is not evaluated; a result: the nodes it selects in the live document
};

// Of a text that is no xml and no path.
bool is_of_type(value_type type, std::string_view text) noexcept;
// "a number", for messages.
std::string_view with_article(value_type type) noexcept;
// White space around a value counts in texts only.
std::string_view value_text(value_type type, std::string_view text) noexcept;

struct function_parameter
{
    std::string name;
    value_type type = value_type::text;
    bool optional = false; // so are all that follow
    bool repeated = false; // the last one only
};

struct function_signature
{
    std::string name;
    value_type result = value_type::text;
    std::vector<function_parameter> parameters;

    std::size_t least() const noexcept;
    // The parameter of the argument with this number, from 0; null if there are fewer.
    const function_parameter* at(std::size_t argument) const noexcept;
    // "2 arguments", "at least 1 argument", "1 to 3 arguments".
    std::string expectation() const;
};

} // namespace vn
