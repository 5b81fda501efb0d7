// The functions by subject; each file ends with the list of its own. To add one: a short function, and a line there.
//
// Besides the types of <vn/function.hpp>, a parameter may be a `decimal`, a `text` or a `calendar_day`; what does not
// fit is refused with the argument's name. A function keeps nothing between calls: all may overlap.
#pragma once

#include "calendar_day.hpp"
#include "decimal.hpp"
#include "utf8.hpp"

#include <vn/function.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace functions {

std::vector<vn::function> number_functions();
std::vector<vn::function> text_functions();
std::vector<vn::function> date_functions();
std::vector<vn::function> choice_functions();

// An argument that is well-formed UTF-8.
struct text : std::string_view
{
    using std::string_view::string_view;
    text(std::string_view view) : std::string_view(view) {}
};

// No result is longer, whatever it was made from: a few calls inside of each other could fill any memory otherwise.
constexpr std::size_t longest_text = 1u << 20;

inline void check_length(std::size_t bytes)
{
    if (bytes > longest_text)
        vn::invalid("the result is longer than 1 MiB");
}

} // namespace functions

namespace vn::detail {

template <>
struct typed<functions::decimal> : plain<functions::decimal>
{
    static constexpr std::int32_t type = VN_TYPE_NUMBER;
    static functions::decimal read(std::string_view text) { return functions::decimal::parse(text); }
    static std::string write(const functions::decimal& value) { return value.text(); }
};

template <>
struct typed<functions::text> : plain<functions::text>
{
    static constexpr std::int32_t type = VN_TYPE_TEXT;
    static functions::text read(std::string_view text)
    {
        if (!functions::utf8::is_valid(text))
            invalid("is not UTF-8");
        return text;
    }
    static std::string write(functions::text value)
    {
        functions::check_length(value.size());
        return std::string(value);
    }
};

template <>
struct typed<functions::calendar_day> : plain<functions::calendar_day>
{
    static constexpr std::int32_t type = VN_TYPE_DATE;
    static functions::calendar_day read(std::string_view text) { return functions::calendar_day::parse(text); }
    static std::string write(const functions::calendar_day& value) { return value.text(); }
};

} // namespace vn::detail
