// Functions of numbers: exact decimals, see decimal.hpp.
#include "catalogue.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace functions {

namespace {

using std::optional;
using std::vector;

int digits_of(std::optional<std::int64_t> digits, int least)
{
    if (digits && (*digits < least || *digits > decimal::most_digits))
        vn::invalid("argument 'digits' has to be " + std::to_string(least) + " to 60");
    return static_cast<int>(digits.value_or(0));
}

decimal add(decimal a, decimal b)
{
    return a + b;
}

decimal subtract(decimal a, decimal b)
{
    return a - b;
}

decimal multiply(decimal a, decimal b)
{
    return a * b;
}

decimal divide(decimal a, decimal b)
{
    return quotient(a, b);
}

decimal modulo(decimal a, decimal b)
{
    return remainder(a, b);
}

decimal raise(decimal base, std::int64_t exponent)
{
    if (exponent < -1000 || exponent > 1000)
        vn::invalid("argument 'exponent' has to be -1000 to 1000");
    return power(base, static_cast<int>(exponent));
}

decimal negate(decimal value)
{
    return -value;
}

decimal absolute(decimal value)
{
    return value.is_negative() ? -value : value;
}

decimal sign(decimal value)
{
    return value.is_zero() ? 0 : value.is_negative() ? -1 : 1;
}

decimal round_half_up(decimal value, optional<std::int64_t> digits)
{
    return value.rounded(digits_of(digits, -60), rounding::half_up);
}

decimal round_half_even(decimal value, optional<std::int64_t> digits)
{
    return value.rounded(digits_of(digits, -60), rounding::half_even);
}

decimal truncate(decimal value, optional<std::int64_t> digits)
{
    return value.rounded(digits_of(digits, -60), rounding::down);
}

decimal floor_of(decimal value)
{
    return value.floor();
}

decimal ceil_of(decimal value)
{
    return -(-value).floor();
}

decimal smallest(decimal first, vector<decimal> more)
{
    for (const auto& each : more)
        first = std::min(first, each);
    return first;
}

decimal largest(decimal first, vector<decimal> more)
{
    for (const auto& each : more)
        first = std::max(first, each);
    return first;
}

decimal sum(vector<decimal> values)
{
    decimal total;
    for (const auto& each : values)
        total = total + each;
    return total;
}

decimal average(decimal first, vector<decimal> more)
{
    return quotient(first + sum(more), static_cast<std::int64_t>(more.size()) + 1);
}

std::int64_t compare_numbers(decimal a, decimal b)
{
    return compare(a, b);
}

bool less_than(decimal a, decimal b)
{
    return compare(a, b) < 0;
}

bool greater_than(decimal a, decimal b)
{
    return compare(a, b) > 0;
}

bool is_number(text value)
{
    try
    {
        decimal::parse(value);
        return true;
    }
    catch (const vn::error&)
    {
        return false;
    }
}

std::string format_number(decimal value, std::int64_t digits, optional<text> separator)
{
    auto out = value.text(digits_of(digits, 0));
    if (separator && (separator->size() > 4 || utf8::length(*separator) != 1 || *separator == "."))
        vn::invalid("argument 'separator' has to be one character, and not the point");

    const std::size_t begin = out.front() == '-' ? 1 : 0;
    if (separator)
        for (auto at = std::min(out.find('.'), out.size()); at > begin + 3;)
            out.insert(at -= 3, *separator);
    return out;
}

} // namespace

std::vector<vn::function> number_functions()
{
    using vn::function_of;
    return {
        function_of<add>("add", "a + b", {"a: a number", "b: a number"}),
        function_of<subtract>("subtract", "a - b", {"a: a number", "b: a number"}),
        function_of<multiply>("multiply", "a * b", {"a: a number", "b: a number"}),
        function_of<divide>("divide", "a / b, to 34 digits", {"a: a number", "b: not 0"}),
        function_of<modulo>("modulo", "What is left of a / b; has the sign of a", {"a: a number", "b: not 0"}),
        function_of<raise>("power", "base to the power of exponent, to 34 digits",
                           {"base: a number", "exponent: -1000 to 1000"}),
        function_of<negate>("negate", "-value", {"value: a number"}),
        function_of<absolute>("abs", "value without its sign", {"value: a number"}),
        function_of<sign>("sign", "-1, 0 or 1", {"value: a number"}),
        function_of<round_half_up>("round", "Rounded; a half goes away from zero",
                                   {"value: a number", "digits: behind the point, -60 to 60; 0 if left out"}),
        function_of<round_half_even>("round_half_even", "Rounded; a half goes to the even digit",
                                     {"value: a number", "digits: behind the point, -60 to 60; 0 if left out"}),
        function_of<truncate>("truncate", "Without the digits that follow",
                              {"value: a number", "digits: behind the point, -60 to 60; 0 if left out"}),
        function_of<floor_of>("floor", "The largest whole number not above value", {"value: a number"}),
        function_of<ceil_of>("ceil", "The smallest whole number not below value", {"value: a number"}),
        function_of<smallest>("min", "The smallest", {"first: a number", "more: numbers"}),
        function_of<largest>("max", "The largest", {"first: a number", "more: numbers"}),
        function_of<sum>("sum", "All added up; 0 if there are none", {"values: numbers"}),
        function_of<average>("average", "The sum divided by the count, to 34 digits",
                             {"first: a number", "more: numbers"}),
        function_of<compare_numbers>("compare", "-1, 0 or 1: a is below, equal to or above b",
                                     {"a: a number", "b: a number"}),
        function_of<less_than>("less_than", "Whether a < b", {"a: a number", "b: a number"}),
        function_of<greater_than>("greater_than", "Whether a > b", {"a: a number", "b: a number"}),
        function_of<is_number>("is_number", "Whether the other functions take this as a number", {"value: any text"}),
        function_of<format_number>(
            "format_number", "With exactly so many digits behind the point",
            {"value: a number", "digits: 0 to 60", "separator: one character between thousands; none if left out"}),
    };
}

} // namespace functions
