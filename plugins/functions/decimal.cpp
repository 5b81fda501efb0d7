#include "decimal.hpp"

#include "whole.hpp"

#include <vn/error.hpp>
#include <vn/number.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <utility>

namespace functions {

namespace {

// Without its last digits, rounded. more: something above zero would follow the last one.
std::string without_last(std::string digits, int count, rounding mode, bool more = false)
{
    if (count <= 0)
        return digits;
    const auto dropped = static_cast<std::size_t>(count);
    if (digits.size() <= dropped)
        digits.insert(0, dropped + 1 - digits.size(), '0');

    const auto tail = digits.substr(digits.size() - dropped);
    digits.resize(digits.size() - dropped);
    const bool odd = (digits.back() - '0') % 2 == 1;
    const bool above_half = tail[0] > '5' || (tail[0] == '5' && (more || tail.find_first_not_of('0', 1) != tail.npos));
    const bool half = tail[0] == '5' && !above_half;
    whole::strip(digits);
    if (mode != rounding::down && (above_half || (half && (mode == rounding::half_up || odd))))
        return whole::sum(digits, "1");
    return digits;
}

// digits / 10^scale without the bounds of a decimal, for the steps in between. Here the scale may be negative.
struct unbounded
{
    std::string digits;
    int scale;
};

// How many digits are too many for a quotient or a power.
int surplus(const unbounded& value)
{
    return std::max(static_cast<int>(value.digits.size()) - decimal::quotient_digits,
                    value.scale - decimal::most_digits);
}

unbounded product(const unbounded& a, const unbounded& b)
{
    // Twice the digits of a result: no rounding here reaches those that are kept.
    constexpr int kept = 2 * decimal::quotient_digits;
    unbounded result{whole::product(a.digits, b.digits), a.scale + b.scale};
    const int dropped = std::max(static_cast<int>(result.digits.size()) - kept, 0);
    return {without_last(std::move(result.digits), dropped, rounding::half_even), result.scale - dropped};
}

// Rounded to the digits of a quotient.
unbounded quotient(const unbounded& a, const unbounded& b)
{
    if (b.digits.empty())
        vn::invalid("division by zero");
    const int zeros = std::max(static_cast<int>(b.digits.size()) - static_cast<int>(a.digits.size()), 0) +
                      decimal::quotient_digits + 2;
    auto [digits, rest] = whole::divided(whole::shifted(a.digits, zeros), b.digits);
    unbounded result{std::move(digits), a.scale + zeros - b.scale};
    const int dropped = std::max(surplus(result), 0);
    return {without_last(std::move(result.digits), dropped, rounding::half_even, !rest.empty()),
            result.scale - dropped};
}

} // namespace

decimal::decimal(std::string digits, int scale, bool negative) : digits_(std::move(digits)), scale_(scale)
{
    whole::strip(digits_);
    while (scale_ > 0 && !digits_.empty() && digits_.back() == '0')
    {
        digits_.pop_back();
        --scale_;
    }
    if (digits_.empty())
        scale_ = 0;
    if (scale_ < 0)
        digits_ = whole::shifted(std::move(digits_), -std::exchange(scale_, 0));
    negative_ = negative && !digits_.empty();

    if (static_cast<int>(digits_.size()) - scale_ > most_digits || scale_ > most_digits)
        vn::invalid("the result has more than 60 digits in front of or behind the point");
}

decimal::decimal(std::int64_t value) : decimal(std::to_string(value).substr(value < 0), 0, value < 0) {}

decimal decimal::parse(std::string_view text)
{
    text = vn::trimmed(text);
    if (!vn::to_number(text))
        vn::invalid("is not a number");

    const auto mark = std::min(text.find_first_of("eE"), text.size());
    const auto exponent = mark < text.size() ? vn::to_integer(text.substr(mark + 1)) : 0;
    std::string digits;
    int scale = 0;
    bool behind = false;
    for (const char c : text.substr(0, mark))
        if (c == '.')
            behind = true;
        else if (c >= '0' && c <= '9')
        {
            digits += c;
            scale += behind ? 1 : 0;
        }
    if (text.size() > 200 || !exponent || std::llabs(*exponent) > 200)
        vn::invalid("has too many digits");
    try
    {
        return decimal(std::move(digits), scale - static_cast<int>(*exponent), text.front() == '-');
    }
    catch (const vn::error&)
    {
        vn::invalid("has more than 60 digits in front of or behind the point");
    }
}

std::string decimal::text() const
{
    auto out = digits_;
    const auto behind = static_cast<std::size_t>(scale_);
    if (out.size() <= behind)
        out.insert(0, behind + 1 - out.size(), '0');
    if (behind > 0)
        out.insert(out.size() - behind, ".");
    return negative_ ? "-" + out : out;
}

std::string decimal::text(int digits) const
{
    const auto value = rounded(digits, rounding::half_up);
    auto out = value.text();
    if (digits > value.scale_)
    {
        if (value.scale_ == 0)
            out += '.';
        out.append(static_cast<std::size_t>(digits - value.scale_), '0');
    }
    return out;
}

decimal decimal::rounded(int digits, rounding mode) const
{
    if (digits >= scale_)
        return *this;
    return decimal(without_last(digits_, scale_ - digits, mode), digits, negative_);
}

decimal decimal::floor() const
{
    const auto part = rounded(0, rounding::down);
    return negative_ && !is_whole() ? part - decimal(1) : part;
}

decimal decimal::operator-() const
{
    auto result = *this;
    result.negative_ = !negative_ && !is_zero();
    return result;
}

decimal operator+(const decimal& a, const decimal& b)
{
    const int scale = std::max(a.scale_, b.scale_);
    const auto left = whole::shifted(a.digits_, scale - a.scale_);
    const auto right = whole::shifted(b.digits_, scale - b.scale_);
    if (a.negative_ == b.negative_)
        return decimal(whole::sum(left, right), scale, a.negative_);
    return whole::compare(left, right) >= 0 ? decimal(whole::difference(left, right), scale, a.negative_)
                                            : decimal(whole::difference(right, left), scale, b.negative_);
}

decimal operator*(const decimal& a, const decimal& b)
{
    return decimal(whole::product(a.digits_, b.digits_), a.scale_ + b.scale_, a.negative_ != b.negative_);
}

int compare(const decimal& a, const decimal& b)
{
    if (a.negative_ != b.negative_)
        return a.negative_ ? -1 : 1;
    const auto difference = a - b;
    return difference.is_zero() ? 0 : difference.is_negative() ? -1 : 1;
}

decimal quotient(const decimal& a, const decimal& b)
{
    auto [digits, scale] = quotient(unbounded{a.digits_, a.scale_}, unbounded{b.digits_, b.scale_});
    return decimal(std::move(digits), scale, a.negative_ != b.negative_);
}

decimal remainder(const decimal& a, const decimal& b)
{
    if (b.is_zero())
        vn::invalid("division by zero");
    const int scale = std::max(a.scale_, b.scale_);
    auto [times, rest] =
        whole::divided(whole::shifted(a.digits_, scale - a.scale_), whole::shifted(b.digits_, scale - b.scale_));
    return decimal(std::move(rest), scale, a.negative_);
}

decimal power(const decimal& base, int exponent)
{
    const unbounded one{"1", 0};
    auto square = unbounded{base.digits_, base.scale_};
    auto result = one;
    for (int left = std::abs(exponent); left > 0; left /= 2)
    {
        if (left % 2 == 1)
            result = product(result, square);
        square = product(square, square);
    }
    if (exponent < 0)
        result = quotient(one, result);
    const int dropped = std::max(surplus(result), 0);
    return decimal(without_last(std::move(result.digits), dropped, rounding::half_even), result.scale - dropped,
                   base.negative_ && exponent % 2 != 0);
}

} // namespace functions
