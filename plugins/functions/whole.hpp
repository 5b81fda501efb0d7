// Whole numbers of any size, as the text of their digits: no leading zeros, zero is empty. Arithmetic as taught at
// school; what decimals are made of.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace functions::whole {

inline void strip(std::string& digits)
{
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

// Times ten to the power of zeros, which is not negative.
inline std::string shifted(std::string digits, int zeros)
{
    if (!digits.empty())
        digits.append(static_cast<std::size_t>(zeros), '0');
    return digits;
}

inline int compare(const std::string& a, const std::string& b)
{
    if (a.size() != b.size())
        return a.size() < b.size() ? -1 : 1;
    const int order = a.compare(b);
    return (order > 0) - (order < 0);
}

inline std::string sum(const std::string& a, const std::string& b)
{
    std::string total(std::max(a.size(), b.size()) + 1, '0');
    int carry = 0;
    for (std::size_t i = 0; i < total.size(); ++i)
    {
        carry += i < a.size() ? a[a.size() - 1 - i] - '0' : 0;
        carry += i < b.size() ? b[b.size() - 1 - i] - '0' : 0;
        total[total.size() - 1 - i] = static_cast<char>('0' + carry % 10);
        carry /= 10;
    }
    strip(total);
    return total;
}

// a is not below b.
inline std::string difference(std::string a, const std::string& b)
{
    int borrow = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
    {
        int digit = a[a.size() - 1 - i] - '0' - borrow - (i < b.size() ? b[b.size() - 1 - i] - '0' : 0);
        borrow = digit < 0 ? 1 : 0;
        digit += 10 * borrow;
        a[a.size() - 1 - i] = static_cast<char>('0' + digit);
    }
    strip(a);
    return a;
}

inline std::string product(const std::string& a, const std::string& b)
{
    std::string total(a.size() + b.size(), '0');
    for (std::size_t i = a.size(); i-- > 0;)
    {
        int carry = 0;
        for (std::size_t j = b.size(); j-- > 0;)
        {
            carry += (total[i + j + 1] - '0') + (a[i] - '0') * (b[j] - '0');
            total[i + j + 1] = static_cast<char>('0' + carry % 10);
            carry /= 10;
        }
        total[i] = static_cast<char>('0' + carry);
    }
    strip(total);
    return total;
}

// Quotient and remainder; b is not zero.
inline std::pair<std::string, std::string> divided(const std::string& a, const std::string& b)
{
    std::string result, rest;
    for (const char digit : a)
    {
        rest += digit;
        strip(rest);
        char times = '0';
        for (; compare(rest, b) >= 0; ++times)
            rest = difference(std::move(rest), b);
        result += times;
    }
    strip(result);
    return {std::move(result), std::move(rest)};
}

} // namespace functions::whole
