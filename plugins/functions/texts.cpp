// Functions of text. Positions and lengths count characters (code points), from 1; no result is longer than 1 MiB.
#include "catalogue.hpp"

#include <vn/number.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace functions {

namespace {

using std::optional;
using std::string;
using std::vector;

std::size_t not_negative(std::int64_t value, const char* name)
{
    if (value < 0)
        vn::invalid(string("argument '") + name + "' is negative");
    return static_cast<std::size_t>(value);
}

// From 1.
std::size_t position(std::int64_t value, const char* name)
{
    if (value < 1)
        vn::invalid(string("argument '") + name + "' is below 1");
    return static_cast<std::size_t>(value);
}

void check_not_empty(text value, const char* name)
{
    if (value.empty())
        vn::invalid(string("argument '") + name + "' is empty");
}

string to_lowercase(text value)
{
    check_length(value.size());
    return utf8::lower(value);
}

string to_uppercase(text value)
{
    check_length(value.size());
    return utf8::upper(value);
}

text trim(text value)
{
    return vn::trimmed(value);
}

string normalize_space(text value)
{
    string out;
    for (text left = trim(value); !left.empty(); left = trim(left))
    {
        const auto word = left.substr(0, left.find_first_of(" \t\r\n"));
        check_length(out.size() + word.size() + 1);
        out += out.empty() ? "" : " ";
        out += word;
        left.remove_prefix(word.size());
    }
    return out;
}

string join(text separator, vector<text> values)
{
    string out;
    for (std::size_t i = 0; i < values.size(); ++i)
    {
        check_length(out.size() + separator.size() + values[i].size());
        out += i == 0 ? text() : separator;
        out += values[i];
    }
    return out;
}

string concat(vector<text> values)
{
    return join("", values);
}

std::int64_t length(text value)
{
    return static_cast<std::int64_t>(utf8::length(value));
}

text substring(text value, std::int64_t start, optional<std::int64_t> length)
{
    const auto begin = utf8::offset_of(value, position(start, "start") - 1);
    const auto rest = value.substr(begin);
    return length ? rest.substr(0, utf8::offset_of(rest, not_negative(*length, "length"))) : rest;
}

text left(text value, std::int64_t length)
{
    return value.substr(0, utf8::offset_of(value, not_negative(length, "length")));
}

text right(text value, std::int64_t length)
{
    const auto wanted = not_negative(length, "length");
    const auto all = utf8::length(value);
    return value.substr(utf8::offset_of(value, all - std::min(all, wanted)));
}

string replace(text value, text old, text by)
{
    check_not_empty(old, "old");
    string out;
    for (std::size_t at = 0;;)
    {
        const auto found = value.find(old, at);
        const auto kept = value.substr(at, found == value.npos ? found : found - at);
        check_length(out.size() + kept.size() + by.size());
        out += kept;
        if (found == value.npos)
            return out;
        out += by;
        at = found + old.size();
    }
}

bool starts_with(text value, text part)
{
    return value.substr(0, part.size()) == part;
}

bool ends_with(text value, text part)
{
    return value.size() >= part.size() && value.substr(value.size() - part.size()) == part;
}

bool contains(text value, text part)
{
    return value.find(part) != value.npos;
}

std::int64_t index_of(text value, text part)
{
    const auto found = value.find(part);
    return found == value.npos ? 0 : length(value.substr(0, found)) + 1;
}

string repeat(text value, std::int64_t count)
{
    const auto times = not_negative(count, "count");
    if (value.empty() || times == 0)
        return {};
    check_length(times > longest_text ? times : times * value.size());
    string out;
    for (std::size_t i = 0; i < times; ++i)
        out += value;
    return out;
}

// What is missing to that width.
string padding(text value, std::int64_t width, optional<text> fill)
{
    const auto wanted = not_negative(width, "width");
    const auto all = utf8::length(value);
    const auto one = fill.value_or(" ");
    if (one.size() > 4 || utf8::length(one) != 1)
        vn::invalid("argument 'fill' is not one character");
    const auto missing = wanted - std::min(all, wanted);
    check_length(missing > longest_text ? missing : missing * one.size() + value.size());
    return repeat(one, static_cast<std::int64_t>(missing));
}

string pad_left(text value, std::int64_t width, optional<text> fill)
{
    return padding(value, width, fill).append(value);
}

string pad_right(text value, std::int64_t width, optional<text> fill)
{
    auto filled = padding(value, width, fill);
    return filled.insert(0, value);
}

text split_part(text value, text separator, std::int64_t index)
{
    check_not_empty(separator, "separator");
    text rest = value;
    for (auto left = position(index, "index"); left > 1; --left)
    {
        const auto found = rest.find(separator);
        if (found == rest.npos)
            return {};
        rest.remove_prefix(found + separator.size());
    }
    return rest.substr(0, rest.find(separator));
}

} // namespace

std::vector<vn::function> text_functions()
{
    using vn::function_of;
    return {
        function_of<to_lowercase>("to_lowercase", "Small letters, for Latin, Greek and Cyrillic", {"value: any text"}),
        function_of<to_uppercase>("to_uppercase", "Capital letters, for Latin, Greek and Cyrillic",
                                  {"value: any text"}),
        function_of<trim>("trim", "Without white space at both ends", {"value: any text"}),
        function_of<normalize_space>("normalize_space", "Trimmed, and one space for all white space in between",
                                     {"value: any text"}),
        function_of<concat>("concat", "One behind the other", {"values: any texts"}),
        function_of<join>("join", "One behind the other, with a separator",
                          {"separator: goes in between", "values: any texts"}),
        function_of<length>("length", "How many characters", {"value: any text"}),
        function_of<substring>(
            "substring", "A part; shorter where the text ends before",
            {"value: any text", "start: the first character, from 1", "length: how many; all that follow if left out"}),
        function_of<left>("left", "The first characters", {"value: any text", "length: how many"}),
        function_of<right>("right", "The last characters", {"value: any text", "length: how many"}),
        function_of<replace>("replace", "Every old replaced by another",
                             {"value: any text", "old: what is replaced, not empty", "by: what comes in its place"}),
        function_of<starts_with>("starts_with", "Whether value begins with part",
                                 {"value: any text", "part: any text"}),
        function_of<ends_with>("ends_with", "Whether value ends with part", {"value: any text", "part: any text"}),
        function_of<contains>("contains", "Whether part is in value", {"value: any text", "part: any text"}),
        function_of<index_of>("index_of", "Where part is first in value, from 1; 0 if nowhere",
                              {"value: any text", "part: any text"}),
        function_of<repeat>("repeat", "The same so many times", {"value: any text", "count: not negative"}),
        function_of<pad_left>(
            "pad_left", "Filled up at the left",
            {"value: any text", "width: characters in all", "fill: one character; a space if left out"}),
        function_of<pad_right>(
            "pad_right", "Filled up at the right",
            {"value: any text", "width: characters in all", "fill: one character; a space if left out"}),
        function_of<split_part>("split_part", "One of the parts between separators; empty if there are not so many",
                                {"value: any text", "separator: not empty", "index: which one, from 1"}),
    };
}

} // namespace functions
