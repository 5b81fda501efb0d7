#include "http/router.hpp"

#include <boost/assert.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace vn::http {

namespace {

bool is_parameter(std::string_view segment)
{
    return segment.starts_with('{') && segment.ends_with('}');
}

std::vector<std::string> split(std::string_view path)
{
    std::vector<std::string> out;
    while (!path.empty())
    {
        path.remove_prefix(1);
        const auto segment = path.substr(0, path.find('/'));
        out.emplace_back(segment);
        path.remove_prefix(segment.size());
    }
    return out;
}

// "/a" and "/a/" are two paths; a parameter takes no empty segment.
bool matches(const std::vector<std::string>& segments, std::string_view path, parameters* captured)
{
    for (const auto& wanted : segments)
    {
        if (!path.starts_with('/'))
            return false;
        path.remove_prefix(1);
        const auto segment = path.substr(0, path.find('/'));
        path.remove_prefix(segment.size());
        if (!is_parameter(wanted))
        {
            if (segment != wanted)
                return false;
            continue;
        }
        if (segment.empty())
            return false;
        if (captured)
            captured->add(wanted.substr(1, wanted.size() - 2), std::string(segment));
    }
    return path.empty();
}

// At the first segment where they differ, the literal goes first.
bool goes_before(const std::vector<std::string>& a, const std::vector<std::string>& b)
{
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return !is_parameter(x) && is_parameter(y);
    });
}

bool has_type(const std::vector<std::string>& types, std::string_view given)
{
    return std::any_of(types.begin(), types.end(), [&](std::string_view type) {
        if (!type.starts_with('+'))
            return given == type;
        return given.size() > type.size() && given.ends_with(type) && given.find('/') != given.npos;
    });
}

void add_word(std::string& list, std::string_view word)
{
    if (!list.empty())
        list += ", ";
    list += word;
}

std::string accept_post(const body_rule& rule)
{
    std::string out;
    // A suffix is no media range; the types that are spelt out say enough.
    for (const auto& type : rule.media_types)
        if (!type.starts_with('+'))
            add_word(out, type);
    return out;
}

} // namespace

void router::add(std::string method, std::string path, handler h)
{
    add(std::move(method), std::move(path), {}, std::move(h));
}

void router::add(std::string method, std::string path, body_rule body, handler h)
{
    BOOST_ASSERT(path.starts_with('/'));
    BOOST_ASSERT(std::none_of(routes_.begin(), routes_.end(), [&](const compiled& known) {
        return known.what.method == method && known.what.path == path;
    }));
    compiled entry{{std::move(method), std::move(path), std::move(body), std::move(h)}, {}};
    entry.segments = split(entry.what.path);
    const auto place =
        std::upper_bound(routes_.begin(), routes_.end(), entry,
                         [](const compiled& a, const compiled& b) { return goes_before(a.segments, b.segments); });
    routes_.insert(place, std::move(entry));
}

router::match router::find(std::string_view method, std::string_view path) const
{
    match out;
    if (boost::beast::http::string_to_verb(method) == boost::beast::http::verb::unknown)
    {
        out.refused = error_reply(501, "method-not-implemented", "The request method is not known.");
        return out;
    }

    const std::string_view wanted = method == "HEAD" ? "GET" : method;
    std::vector<std::string_view> allowed;
    for (const auto& known : routes_)
    {
        if (path != "*" && !matches(known.segments, path, nullptr))
            continue;
        if (known.what.method == wanted && path != "*")
        {
            matches(known.segments, path, &out.path_parameters);
            out.found = &known.what;
            return out;
        }
        if (std::find(allowed.begin(), allowed.end(), known.what.method) == allowed.end())
            allowed.push_back(known.what.method);
    }

    if (allowed.empty())
    {
        out.refused = error_reply(404, "not-found", "There is no such resource.");
        return out;
    }
    if (path == "*" && method != "OPTIONS")
    {
        out.refused = error_reply(400, "bad-target", "The request target is not valid.");
        return out;
    }
    std::string list;
    for (const auto each : allowed)
    {
        add_word(list, each);
        if (each == "GET")
            add_word(list, "HEAD");
    }
    add_word(list, "OPTIONS");
    out.refused = method == "OPTIONS"
                      ? empty_reply()
                      : error_reply(405, "method-not-allowed", "The resource does not know this method.");
    out.refused.set("Allow", list);
    return out;
}

std::optional<reply> judge_body_type(const body_rule& rule, bool has_body, std::string_view media_type,
                                     std::string_view content_coding)
{
    if (!content_coding.empty() && !same_text(content_coding, "identity"))
    {
        auto out = error_reply(415, "unsupported-content-encoding", "The request body must not be encoded.");
        out.set("Accept-Encoding", "identity");
        return out;
    }
    if (rule.max_bytes == 0 || rule.media_types.empty() || (!has_body && media_type.empty()))
        return {};
    if (has_type(rule.media_types, media_type))
        return {};
    auto out = error_reply(415, "unsupported-media-type", "The request body has a media type that is not taken here.");
    out.set("Accept-Post", accept_post(rule));
    return out;
}

} // namespace vn::http
