#include "api/request_terms.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

namespace vn {

namespace {

// Milliseconds of "12", "0.5", "12.125"; nothing for any other text.
std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text)
{
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    auto part = std::string(point == text.npos ? "" : text.substr(point + 1));
    const auto digits = [](std::string_view t) {
        return !t.empty() && t.size() <= 9 && std::ranges::all_of(t, [](char c) { return c >= '0' && c <= '9'; });
    };
    if (!digits(whole) || (point != text.npos && (!digits(part) || part.size() > 3)))
        return std::nullopt;
    part.resize(3, '0');
    long long seconds = 0;
    long long ms = 0;
    std::from_chars(whole.data(), whole.data() + whole.size(), seconds);
    std::from_chars(part.data(), part.data() + part.size(), ms);
    return std::chrono::milliseconds(1000 * seconds + ms);
}

} // namespace

result<std::optional<std::chrono::milliseconds>, failure> read_deadline(const http::request& r,
                                                                        std::chrono::seconds highest)
{
    const auto text = r.headers.find("vn-deadline");
    if (!text)
        return std::optional<std::chrono::milliseconds>();
    const auto time = parse_seconds(*text);
    if (r.headers.count("vn-deadline") > 1 || !time || time->count() == 0 || *time > highest)
        return failure{.code = "bad-deadline",
                       .message = "VN-Deadline has to be a number of seconds above 0, at most " +
                                  std::to_string(highest.count()) + ", with up to three decimals, given once."};
    return time;
}

result<std::string_view, failure> read_priority(const http::request& r)
{
    const auto text = r.headers.find("vn-priority");
    if (!text)
        return std::string_view("normal");
    for (const std::string_view known : {"high", "normal", "low"})
        if (r.headers.count("vn-priority") == 1 && http::same_text(*text, known))
            return known;
    return failure{.code = "bad-priority", .message = "VN-Priority has to be high, normal or low, given once."};
}

} // namespace vn
