#include "domain/decimal.hpp"

namespace vn {

std::optional<std::string> with_two_decimals(std::string_view number)
{
    constexpr std::string_view digits = "0123456789";
    if (number.empty() || number.size() > 64)
        return std::nullopt;
    const auto point = number.find('.');
    const auto whole = number.substr(0, point);
    const auto fraction = point == number.npos ? std::string_view() : number.substr(point + 1);
    if ((point != number.npos && fraction.empty()) || (point == number.npos && whole.empty()) ||
        whole.find_first_not_of(digits) != whole.npos || fraction.find_first_not_of(digits) != fraction.npos)
        return std::nullopt;
    if (number.find_first_of("123456789") == number.npos)
        return std::nullopt;

    std::string hundredths(whole);
    for (std::size_t i = 0; i < 2; ++i)
        hundredths += i < fraction.size() ? fraction[i] : '0';
    if (fraction.size() > 2 && fraction[2] >= '5')
    {
        auto at = hundredths.size();
        while (at > 0 && hundredths[at - 1] == '9')
            hundredths[--at] = '0';
        if (at > 0)
            ++hundredths[at - 1];
        else
            hundredths.insert(0, 1, '1');
    }
    hundredths.insert(hundredths.size() - 2, 1, '.');
    const auto first = hundredths.find_first_not_of('0');
    hundredths.erase(0, first);
    if (hundredths[0] == '.')
        hundredths.insert(0, 1, '0');
    return hundredths;
}

} // namespace vn
