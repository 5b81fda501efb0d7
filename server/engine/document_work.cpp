#include "engine/document_work.hpp"

#include <algorithm>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

namespace vn {

using namespace std::string_view_literals;

namespace {

// Where it is not known what the selects copy.
constexpr std::size_t light_selects = 8;
constexpr std::size_t most_expressions = 16;

bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// What selects of a document can copy at most: each of them what lies between two of them, unless something that is
// selected may hold a select.
class selects
{
public:
    explicit selects(std::string_view document) : document_(document)
    {
        std::size_t last = 0;
        for (auto at = document.find(word); at != document.npos; at = document.find(word, at + 1))
        {
            places_.push_back(at);
            widest_ = std::max(widest_, at - last);
            last = at;
        }
        widest_ = std::max(widest_, document.size() - last);
    }

    std::size_t count() const { return places_.size(); }
    std::size_t copied_bytes() const { return count() * widest_; }

    bool may_nest() const
    {
        std::vector<std::string_view> names;
        for (const auto at : places_)
        {
            const auto name = selected_name(at + word.size());
            if (name.empty())
                return true;
            if (std::ranges::find(names, name) == names.end())
                names.push_back(name);
            if (names.size() > most_expressions)
                return true;
        }
        return std::ranges::any_of(names, [&](auto name) { return holds_select(name); });
    }

private:
    static constexpr auto word = "select"sv;

    // The last name of ="/name/name"; nothing if anything else follows.
    std::string_view selected_name(std::size_t at) const
    {
        const auto rest = document_.substr(at, 1024);
        if (rest.size() < 4 || rest[0] != '=' || (rest[1] != '"' && rest[1] != '\'') || rest[2] != '/')
            return {};
        const auto path = rest.substr(2, rest.find(rest[1], 2) - 2);
        if (path.size() + 2 >= rest.size() ||
            !std::ranges::all_of(path, [](char c) { return c == '/' || is_name_char(c); }))
            return {};
        return path.substr(path.rfind('/') + 1);
    }

    // Elements of that name that hold anything begin and end in between; so may those whose names begin like it.
    bool holds_select(std::string_view name) const
    {
        const auto begin = document_.find("<" + std::string(name));
        const auto end = document_.rfind("</" + std::string(name));
        if (begin == document_.npos || end == document_.npos)
            return false;
        const auto first = std::ranges::lower_bound(places_, begin);
        return first != places_.end() && *first < end;
    }

    std::string_view document_;
    std::vector<std::size_t> places_;
    std::size_t widest_ = 0;
};

} // namespace

void document_work::give_way() noexcept
{
    constexpr int nice = 10;
    thread_local const int asked = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), nice);
    static_cast<void>(asked); // what the system does not allow is not needed to be right
}

bool is_light(std::string_view document) noexcept
{
    if (document.size() > light_bytes)
        return false;
    // A function or a fetcher may wait for this very thread: what could call one never runs here. Neither can be
    // without an attribute of such a name, written out in an encoding that has no NUL; element forms need a namespace.
    for (const std::string_view sign :
         {std::string_view("\0", 1), "href"sv, "use"sv, "xmlns"sv, "//"sv, "::"sv, "["sv, "${"sv, "*"sv})
        if (document.find(sign) != document.npos)
        {
            // "//" also stands in namespace names and "[1]" is no search; being wrong here costs a thread switch.
            return false;
        }
    const selects all(document);
    // What a select copies may select again: with n of them a document grows to about 3 to the power of n/3.
    if (all.may_nest())
        return all.count() <= light_selects;
    return all.copied_bytes() <= light_bytes;
}

} // namespace vn
