#include "api/access_token.hpp"

#include "api/user_name.hpp"
#include "core/base64url.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace vn {

namespace {

namespace json = boost::json;
using moment = std::chrono::system_clock::time_point;

// The year 2100: what is later would not fit everywhere.
constexpr double latest = 4'102'444'800;

failure bad(std::string why)
{
    return {.code = "bad-token", .message = "The token is not accepted: " + why};
}

struct token_parts
{
    std::string_view header, payload, signature;
    // Header and payload as they were signed.
    std::string_view signed_text;
};

std::optional<token_parts> split(std::string_view token)
{
    const auto first = token.find('.');
    const auto second = token.find('.', first == token.npos ? first : first + 1);
    if (second == token.npos || token.find('.', second + 1) != token.npos)
        return std::nullopt;
    return token_parts{token.substr(0, first), token.substr(first + 1, second - first - 1), token.substr(second + 1),
                       token.substr(0, second)};
}

std::optional<json::object> object_in(std::string_view base64)
{
    const auto text = decode_base64url(base64);
    if (!text)
        return std::nullopt;
    boost::system::error_code ec;
    auto v = json::parse(*text, ec);
    if (ec || !v.is_object())
        return std::nullopt;
    return std::move(v.get_object());
}

const json::string* text_in(const json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    return v ? v->if_string() : nullptr;
}

// Tokens that were made for something else, such as telling that somebody has logged out.
bool is_access_type(std::string_view type)
{
    std::string lower(type);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view prefix = "application/";
    const auto name = lower.starts_with(prefix) ? std::string_view(lower).substr(prefix.size()) : lower;
    return name == "jwt" || name == "at+jwt";
}

bool is_for(const json::object& claims, const std::string& audience)
{
    const auto* aud = claims.if_contains("aud");
    if (!aud)
        return audience.empty();
    const auto names = [&](const json::value& v) {
        return !audience.empty() && v.is_string() && v.get_string() == audience;
    };
    return aud->is_array() ? std::ranges::any_of(aud->get_array(), names) : names(*aud);
}

// Seconds since 1970, fractions included, cut at latest. Nothing: it is there and is no such number.
std::optional<double> seconds_in(const json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    if (!v || !v->is_number())
        return std::nullopt;
    const auto n = v->to_number<double>();
    if (!std::isfinite(n) || n < 0)
        return std::nullopt;
    return std::min(n, latest);
}

moment at(double seconds)
{
    using namespace std::chrono;
    return moment(duration_cast<moment::duration>(duration<double>(seconds)));
}

} // namespace

result<token_claims, failure> read_token(std::string_view token, const token_keys& keys, const token_terms& terms,
                                         moment now)
{
    if (token.size() > longest_token)
        return bad("it is too long");
    const auto parts = split(token);
    const auto header = parts ? object_in(parts->header) : std::nullopt;
    const auto signature = parts ? decode_base64url(parts->signature) : std::nullopt;
    if (!header || !signature || signature->empty())
        return bad("it is no signed token");

    const auto* algorithm = text_in(*header, "alg");
    const auto* id = text_in(*header, "kid");
    if (!algorithm || (header->contains("kid") && !id))
        return bad("its header is not right");
    // Whatever it is, it would have to be understood.
    if (header->contains("crit"))
        return bad("its header asks for more than is known here");
    const auto* type = text_in(*header, "typ");
    if (header->contains("typ") && (!type || !is_access_type(*type)))
        return bad("it is not made for access");
    const auto named = id ? std::optional<std::string_view>(*id) : std::nullopt;
    if (!keys.verify(*algorithm, named, parts->signed_text, *signature))
        return bad("no key of this server has signed it");

    const auto claims = object_in(parts->payload);
    if (!claims)
        return bad("it has no claims");
    const auto* issuer = text_in(*claims, "iss");
    if (!terms.issuer.empty() && (!issuer || *issuer != terms.issuer))
        return bad("it is from another issuer");
    if (!is_for(*claims, terms.audience))
        return bad("it is for another audience");
    const auto expires = seconds_in(*claims, "exp");
    if (!expires)
        return bad("it does not say when it expires");
    const auto end = at(*expires) + terms.leeway;
    if (now >= end)
        return failure{.code = "token-expired", .message = "The token has expired."};
    const auto begins = seconds_in(*claims, "nbf");
    if (claims->contains("nbf") && (!begins || now + terms.leeway < at(*begins)))
        return bad("it is not valid yet");
    const auto* user = text_in(*claims, terms.user_claim);
    if (!user || !is_user_name(*user))
        return bad("it names no user");
    return token_claims{std::string(*user), end};
}

} // namespace vn
