// Exact decimal numbers: 0.1 + 0.2 is 0.3, as on paper. A double would say 0.30000000000000004, and nobody who adds up
// amounts wants to read that.
//
// A decimal has at most 60 digits in front of its point and 60 behind it. Sums, differences, products and remainders
// are exact, or refused with VN_INVALID where they do not fit. Quotients and powers are rounded half to even to 34
// digits (as in IEEE 754's decimal128), and to 60 behind the point.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace functions {

enum class rounding
{
    down,     // towards zero
    half_up,  // a half away from zero
    half_even // a half to the even digit
};

class decimal
{
    std::string digits_; // of the absolute value, without leading zeros: empty is zero
    int scale_ = 0;      // how many of them are behind the point; may be more than there are
    bool negative_ = false;

    decimal(std::string digits, int scale, bool negative);

public:
    static constexpr int most_digits = 60;
    static constexpr int quotient_digits = 34;

    decimal() = default;
    decimal(std::int64_t value);

    // The number that text is, but for white space at its ends: -12.5, .5, 1e-3. Throws VN_INVALID.
    static decimal parse(std::string_view text);

    // Plain digits without needless zeros: 12, -0.5; never -0 or 1e3.
    std::string text() const;
    // Rounded half up, with exactly so many digits (0 to 60) behind the point.
    std::string text(int digits) const;

    bool is_zero() const { return digits_.empty(); }
    bool is_negative() const { return negative_; }
    bool is_whole() const { return scale_ == 0; }

    // To so many digits behind the point, -60 to 60; negative ones are in front of it: -2 rounds to hundreds.
    decimal rounded(int digits, rounding mode) const;
    decimal floor() const;

    decimal operator-() const;
    friend decimal operator+(const decimal& a, const decimal& b);
    friend decimal operator-(const decimal& a, const decimal& b) { return a + -b; }
    friend decimal operator*(const decimal& a, const decimal& b);
    friend int compare(const decimal& a, const decimal& b); // -1, 0, 1
    friend bool operator<(const decimal& a, const decimal& b) { return compare(a, b) < 0; }

    // These throw VN_INVALID where they divide by zero. The remainder has the sign of a, as XPath's mod.
    friend decimal quotient(const decimal& a, const decimal& b);
    friend decimal remainder(const decimal& a, const decimal& b);
    // exponent: -1000 to 1000.
    friend decimal power(const decimal& base, int exponent);
};

decimal quotient(const decimal& a, const decimal& b);
decimal remainder(const decimal& a, const decimal& b);
decimal power(const decimal& base, int exponent);

} // namespace functions
