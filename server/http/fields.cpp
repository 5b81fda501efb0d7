#include "http/fields.hpp"

#include <algorithm>

namespace vn::http {

namespace {

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

} // namespace

bool same_text(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower_text(std::string_view text)
{
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), lower);
    return out;
}

void fields::reserve(std::size_t bytes, std::size_t count)
{
    text_.reserve(bytes);
    places_.reserve(count);
}

void fields::add(std::string_view name, std::string_view value)
{
    places_.push_back({text_.size(), name.size(), value.size()});
    text_.append(name).append(value);
}

fields::field fields::at(std::size_t i) const noexcept
{
    const auto& p = places_[i];
    const std::string_view all = text_;
    return {all.substr(p.begin, p.name), all.substr(p.begin + p.name, p.value)};
}

std::optional<std::string_view> fields::find(std::string_view name) const noexcept
{
    for (std::size_t i = 0; i < size(); ++i)
        if (const auto f = at(i); same_text(f.name, name))
            return f.value;
    return {};
}

std::size_t fields::count(std::string_view name) const noexcept
{
    std::size_t n = 0;
    for (std::size_t i = 0; i < size(); ++i)
        n += same_text(at(i).name, name);
    return n;
}

std::vector<std::string_view> fields::list(std::string_view name) const
{
    std::vector<std::string_view> out;
    for (std::size_t i = 0; i < size(); ++i)
    {
        if (!same_text(at(i).name, name))
            continue;
        for (auto rest = at(i).value; !rest.empty();)
        {
            auto one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(one.size() + 1, rest.size()));
            while (one.starts_with(' ') || one.starts_with('\t'))
                one.remove_prefix(1);
            while (one.ends_with(' ') || one.ends_with('\t'))
                one.remove_suffix(1);
            if (!one.empty())
                out.push_back(one);
        }
    }
    return out;
}

std::vector<std::pair<std::string, std::string>> fields::starting_with(std::string_view prefix) const
{
    std::vector<std::pair<std::string, std::string>> out;
    for (std::size_t i = 0; i < size(); ++i)
    {
        const auto f = at(i);
        if (!same_text(f.name.substr(0, prefix.size()), prefix))
            continue;
        auto name = lower_text(f.name);
        const auto known = std::find_if(out.begin(), out.end(), [&](const auto& o) { return o.first == name; });
        if (known == out.end())
            out.emplace_back(std::move(name), f.value);
        else
            known->second.append(", ").append(f.value);
    }
    return out;
}

std::optional<std::string_view> parameters::find(std::string_view name) const noexcept
{
    for (const auto& [known, value] : items_)
        if (known == name)
            return value;
    return {};
}

std::size_t parameters::count(std::string_view name) const noexcept
{
    return static_cast<std::size_t>(
        std::count_if(items_.begin(), items_.end(), [&](const auto& item) { return item.first == name; }));
}

} // namespace vn::http
