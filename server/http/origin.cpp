#include "http/origin.hpp"

#include <algorithm>

namespace vn::http {

namespace {

// What a page may see of an answer beside its body and content type.
constexpr std::string_view exposed =
    "Location, Retry-After, X-Request-Id, Preference-Applied, Idempotent-Replayed, WWW-Authenticate, Allow";
// How long a browser may remember what it was told in advance, in seconds.
constexpr std::string_view remembered = "600";
constexpr std::size_t longest_asked = 1024;

bool is_one_of(std::string_view origin, const std::vector<std::string>& allowed)
{
    return std::ranges::any_of(allowed, [&](const std::string& each) { return same_text(each, origin); });
}

bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == ':' || c == '[' || c == ']';
}

// host or host:port behind the scheme; empty if it is no origin.
std::string_view authority_of(std::string_view origin)
{
    const auto colon = origin.find("://");
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-'; };
    if (colon == origin.npos || colon == 0 || !std::ranges::all_of(origin.substr(0, colon), is_letter))
        return {};
    const auto rest = origin.substr(colon + 3);
    return std::ranges::all_of(rest, is_host_character) ? rest : std::string_view();
}

// Browsers leave out the port that goes without saying; others may not.
std::string_view without_usual_port(std::string_view authority, std::string_view origin)
{
    const std::string_view port = same_text(origin.substr(0, 8), "https://") ? ":443" : ":80";
    return authority.ends_with(port) ? authority.substr(0, authority.size() - port.size()) : authority;
}

bool is_list_of_names(std::string_view text)
{
    return text.size() <= longest_asked && std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == ',' || c == ' ';
           });
}

std::string_view header(const reply& r, std::string_view name)
{
    for (const auto& [known, value] : r.headers)
        if (same_text(known, name))
            return value;
    return {};
}

} // namespace

bool is_origin(std::string_view text)
{
    const auto authority = authority_of(text);
    return !authority.empty() && text.size() <= 300 && !authority.starts_with(':') && !authority.ends_with(':');
}

bool may_open_socket(const request& r, const std::vector<std::string>& allowed)
{
    const auto count = r.headers.count("origin");
    if (count == 0)
        return true;
    const auto origin = r.headers.get("origin");
    if (count > 1)
        return false;
    const auto own = without_usual_port(r.headers.get("host"), origin);
    const auto asking = without_usual_port(authority_of(origin), origin);
    return (!asking.empty() && same_text(asking, own)) || is_one_of(origin, allowed);
}

void allow_origins(const std::vector<std::string>& allowed, const request& r, reply& out)
{
    if (allowed.empty() || out.status == 101)
        return;
    // Also for who may not: an answer that was kept must not be given to another page.
    out.set("Vary", "Origin");
    const auto origin = r.headers.get("origin");
    if (r.headers.count("origin") != 1 || !is_one_of(origin, allowed))
        return;
    out.set("Access-Control-Allow-Origin", origin);
    const bool in_advance = r.method == "OPTIONS" && r.headers.find("access-control-request-method");
    if (!in_advance)
    {
        out.set("Access-Control-Expose-Headers", exposed);
        return;
    }
    if (out.status != 204)
        return;
    out.set("Access-Control-Allow-Methods", header(out, "allow"));
    const auto asked = r.headers.get("access-control-request-headers");
    if (!asked.empty() && is_list_of_names(asked))
        out.set("Access-Control-Allow-Headers", asked);
    out.set("Access-Control-Max-Age", remembered);
}

} // namespace vn::http
