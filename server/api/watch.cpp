#include "api/watch.hpp"

#include "core/sha256.hpp"

#include <algorithm>

namespace vn {

namespace {

// Nothing but what this server gives is loaded, run, shown or called; nobody frames it, and no text becomes code.
constexpr std::string_view content_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

std::string_view media_type_of(std::string_view name)
{
    if (name.ends_with(".html"))
        return "text/html; charset=utf-8";
    if (name.ends_with(".css"))
        return "text/css; charset=utf-8";
    if (name.ends_with(".svg"))
        return "image/svg+xml; charset=utf-8";
    return "text/javascript; charset=utf-8";
}

// One of the tags that a client says it has (RFC 9110, 13.1.2); ours have no comma.
bool has_tag(std::string_view list, std::string_view tag)
{
    while (!list.empty())
    {
        auto one = list.substr(0, list.find(','));
        list.remove_prefix(std::min(one.size() + 1, list.size()));
        while (one.starts_with(' ') || one.starts_with('\t'))
            one.remove_prefix(1);
        while (one.ends_with(' ') || one.ends_with('\t'))
            one.remove_suffix(1);
        if (one.starts_with("W/"))
            one.remove_prefix(2);
        if (one == tag || one == "*")
            return true;
    }
    return false;
}

} // namespace

watch_page::watch_page()
{
    for (const auto& file : watch_files())
        files_.push_back({file, media_type_of(file.name), '"' + sha256_hex(file.text).substr(0, 32) + '"'});
}

void watch_page::add_routes(http::router& routes)
{
    const auto answer = [](http::reply r) -> awaitable<http::reply> { co_return r; };
    routes.add("GET", "/watch", [this, answer](http::request& r) { return answer(get(r, "watch.html")); });
    routes.add("GET", "/watch/{file}",
               [this, answer](http::request& r) { return answer(get(r, r.path_parameters.get("file"))); });
}

http::reply watch_page::get(const http::request& r, std::string_view name) const
{
    const auto at = std::find_if(files_.begin(), files_.end(), [&](const auto& f) { return f.what.name == name; });
    if (at == files_.end())
        return http::error_reply(404, "not-found", "There is no such file.");
    const bool has_it = has_tag(r.headers.get("if-none-match"), at->tag);
    auto out = has_it ? http::make_reply(304, "", "")
                      : http::make_reply(200, std::string(at->media_type), std::string(at->what.text));
    // Kept, but not used unasked: page and server are of one version.
    out.set("Cache-Control", "no-cache");
    out.set("ETag", at->tag);
    out.set("Content-Security-Policy", content_policy);
    out.set("X-Content-Type-Options", "nosniff");
    out.set("X-Frame-Options", "DENY");
    out.set("Referrer-Policy", "no-referrer");
    out.set("Cross-Origin-Opener-Policy", "same-origin");
    out.set("Cross-Origin-Resource-Policy", "same-origin");
    return out;
}

} // namespace vn
