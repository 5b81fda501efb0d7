// How C++ types are written in calls of hydration functions. Included by vn/function.hpp.
#pragma once

#include <vn/call.hpp>
#include <vn/number.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vn {

// Nodes, serialised.
struct xml
{
    std::string text;
};

// An XPath location path, not evaluated.
struct path
{
    std::string text;
};

// YYYY-MM-DD, checked against the calendar; with a time as VN_TYPE_DATE says, not checked further.
struct date
{
    std::string text;
};

namespace detail {

// How one C++ type is written in a call. read() throws vn::error(VN_INVALID) with what was expected.
template <class T>
struct typed;

template <class T>
struct plain
{
    static constexpr std::uint32_t flags = 0;
};

template <>
struct typed<std::string_view> : plain<std::string_view>
{
    static constexpr std::int32_t type = VN_TYPE_TEXT;
    static std::string_view read(std::string_view text) { return text; }
    static std::string write(std::string_view value) { return std::string(value); }
};

template <>
struct typed<std::string> : plain<std::string>
{
    static constexpr std::int32_t type = VN_TYPE_TEXT;
    static std::string read(std::string_view text) { return std::string(text); }
    static std::string write(std::string value) { return value; }
};

template <>
struct typed<double> : plain<double>
{
    static constexpr std::int32_t type = VN_TYPE_NUMBER;
    static double read(std::string_view text)
    {
        const auto value = to_number(text);
        if (!value)
            invalid("is not a number");
        return *value;
    }
    static std::string write(double value) { return number_text(value); }
};

template <>
struct typed<std::int64_t> : plain<std::int64_t>
{
    static constexpr std::int32_t type = VN_TYPE_INTEGER;
    static std::int64_t read(std::string_view text)
    {
        const auto value = to_integer(text);
        if (!value)
            invalid("is not a whole number");
        return *value;
    }
    static std::string write(std::int64_t value) { return std::to_string(value); }
};

template <>
struct typed<bool> : plain<bool>
{
    static constexpr std::int32_t type = VN_TYPE_BOOLEAN;
    static bool read(std::string_view text)
    {
        text = trimmed(text);
        if (text != "true" && text != "false")
            invalid("is neither true nor false");
        return text == "true";
    }
    static std::string write(bool value) { return value ? "true" : "false"; }
};

inline bool is_date(std::string_view text)
{
    if (text.size() < 10 || text[4] != '-' || text[7] != '-' || (text.size() > 10 && text[10] != 'T'))
        return false;
    for (const std::size_t i : {0u, 1u, 2u, 3u, 5u, 6u, 8u, 9u})
        if (text[i] < '0' || text[i] > '9')
            return false;
    const auto part = [&](std::size_t at, std::size_t size) {
        return static_cast<int>(*to_integer(text.substr(at, size)));
    };
    const int year = part(0, 4), month = part(5, 2), day = part(8, 2);
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const int days = month == 2 ? 28 + leap : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
    return month >= 1 && month <= 12 && day >= 1 && day <= days;
}

template <>
struct typed<date> : plain<date>
{
    static constexpr std::int32_t type = VN_TYPE_DATE;
    static date read(std::string_view text)
    {
        text = trimmed(text);
        if (!is_date(text))
            invalid("is not a date (YYYY-MM-DD)");
        return {std::string(text)};
    }
    static std::string write(date value) { return std::move(value.text); }
};

template <>
struct typed<xml> : plain<xml>
{
    static constexpr std::int32_t type = VN_TYPE_XML;
    static xml read(std::string_view text) { return {std::string(text)}; }
    static std::string write(xml value) { return std::move(value.text); }
};

template <>
struct typed<path> : plain<path>
{
    static constexpr std::int32_t type = VN_TYPE_PATH;
    static path read(std::string_view text) { return {std::string(text)}; }
    static std::string write(path value) { return std::move(value.text); }
};

template <class T>
struct typed<std::optional<T>> : typed<T>
{
    static constexpr std::uint32_t flags = VN_ARGUMENT_OPTIONAL;
};

template <class T>
struct typed<std::vector<T>> : typed<T>
{
    static constexpr std::uint32_t flags = VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED;
};

// What one call hands over.
struct given
{
    const vn_bytes* values;
    std::uint32_t count;
    const vn_argument* declared;
};

template <class T>
T read_one(const given& all, std::size_t index, std::size_t declared)
{
    try
    {
        return typed<T>::read(view(all.values[index]));
    }
    catch (const error& e)
    {
        throw error(e.status(), std::string("argument '") + all.declared[declared].name + "' " + e.what());
    }
}

template <class T>
struct reader
{
    static T read(const given& all, std::size_t i)
    {
        if (i >= all.count)
            invalid(std::string("argument '") + all.declared[i].name + "' is missing");
        return read_one<T>(all, i, i);
    }
};

template <class T>
struct reader<std::optional<T>>
{
    static std::optional<T> read(const given& all, std::size_t i)
    {
        return i < all.count ? std::optional<T>(read_one<T>(all, i, i)) : std::nullopt;
    }
};

template <class T>
struct reader<std::vector<T>>
{
    static std::vector<T> read(const given& all, std::size_t declared)
    {
        std::vector<T> values;
        for (std::size_t i = declared; i < all.count; ++i)
            values.push_back(read_one<T>(all, i, declared));
        return values;
    }
};

} // namespace detail
} // namespace vn
