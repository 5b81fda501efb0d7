// XPath 1.0 expressions in tokens, as far as estimating their cost needs it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vn {

enum class xpath_token_kind
{
    name,    // also an axis, a function or a node type; may have a prefix
    literal, // with its quotes
    number,
    symbol,   // ( ) [ ] . .. @ , :: / // | $ and the star of a name test
    operation // and or mod div * + - = != < <= > >=
};

struct xpath_token
{
    xpath_token_kind kind;
    std::string_view text; // of the expression
};

// Tokens up to the first place that cannot be read; is_complete is false then.
struct xpath_tokens
{
    std::vector<xpath_token> tokens;
    bool is_complete = true;
};

xpath_tokens tokens_of(std::string_view expression);

// The first namespace prefix an expression uses in a name (not `xml`); empty if none.
std::string_view prefix_used_in(const xpath_tokens& expression) noexcept;

// Whether it is one location path from the root of the document, which leads to the same nodes whatever the context is.
bool is_absolute_path(const xpath_tokens& expression) noexcept;

// Whether it surely selects the same nodes when market, model, calculator and portfolio of the project have nothing in
// them, and none of the elements that those are in: plain names from the root down, with numbers or values of
// attributes as predicates, to a child of the project, below one that is no library, or to an attribute.
bool leaves_libraries_closed(const xpath_tokens& expression) noexcept;

// Where name() is called, elements in a default namespace would show the ':' their names have in our trees
// (xml_names.hpp); the expression that is returned takes it away. The same expression where there is no such call.
std::string with_written_names(const xpath_tokens& expression, std::string_view text);

} // namespace vn
