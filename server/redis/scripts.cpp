#include "redis/scripts.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <vector>

namespace vn::redis {

namespace {

using words = std::set<std::string_view>;

words words_of(std::string_view text)
{
    const auto is_part = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; };
    words all;
    for (auto at = text.begin(); at != text.end();)
    {
        const auto begin = std::find_if(at, text.end(), is_part);
        at = std::find_if_not(begin, text.end(), is_part);
        if (begin != at)
            all.emplace(begin, at);
    }
    return all;
}

// A function or values, from a line that begins with "local" on, and the names that it makes.
struct definition
{
    std::string_view text;
    words names;
};

std::vector<definition> definitions_of(std::string_view common)
{
    constexpr std::string_view start = "\nlocal ";
    std::vector<definition> all;
    for (auto at = common.find(start); at != common.npos;)
    {
        const auto next = common.find(start, at + 1);
        auto text = common.substr(at + 1, next == common.npos ? next : next - at);
        text = text.substr(0, text.find("\n--")); // without what is said of the next
        text = text.substr(0, text.find_last_not_of('\n') + 1);
        definition d{text, words_of(text.substr(0, text.find_first_of("=(")))};
        d.names.erase("local");
        d.names.erase("function");
        all.push_back(std::move(d));
        at = next;
    }
    return all;
}

std::string used(std::string_view common, std::string_view body)
{
    auto wanted = words_of(body);
    std::string text;
    const auto all = definitions_of(common);
    // What a definition uses stands before it.
    for (auto d = all.rbegin(); d != all.rend(); ++d)
        if (std::ranges::any_of(d->names, [&](auto name) { return wanted.contains(name); }))
        {
            wanted.merge(words_of(d->text));
            text.insert(0, "\n").insert(0, d->text);
        }
    return text;
}

} // namespace

script::script(std::string_view name, std::string_view flags, std::string_view common, std::string_view body)
    : name_(name), text_(flags)
{
    text_.append(text_.empty() ? "" : "\n").append(used(common, body)).append(body);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(text_.data(), text_.size(), digest, &length, EVP_sha1(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned i = 0; i < length; ++i)
        sha_.append(1, digits[digest[i] >> 4]).append(1, digits[digest[i] & 15]);
}

} // namespace vn::redis
