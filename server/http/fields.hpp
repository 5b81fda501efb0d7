// Header fields and named parameters as they came, in order. Reads allocate nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vn::http {

// ASCII only, as field names, media types and codings are compared.
bool same_text(std::string_view a, std::string_view b) noexcept;
std::string lower_text(std::string_view text);

// Names and values of all fields lie in one piece of memory; the views given out end with the next add().
class fields
{
    struct place
    {
        std::size_t begin;
        std::size_t name;
        std::size_t value;
    };

    std::string text_;
    std::vector<place> places_;

public:
    struct field
    {
        std::string_view name;
        std::string_view value;
    };

    void reserve(std::size_t bytes, std::size_t count);
    void add(std::string_view name, std::string_view value);

    std::size_t size() const noexcept { return places_.size(); }
    field at(std::size_t i) const noexcept;

    // The first field of that name, in any case of letters.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    // The same, empty if there is none.
    std::string_view get(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
    std::size_t count(std::string_view name) const noexcept;

    // What stands between the commas of all fields of that name, in order, without spaces around it.
    std::vector<std::string_view> list(std::string_view name) const;

    // All fields whose name starts so, e.g. "x-"; names in lower case. A repeated name is joined by ", ".
    std::vector<std::pair<std::string, std::string>> starting_with(std::string_view prefix) const;
};

// Percent-decoded; names are compared exactly.
class parameters
{
    std::vector<std::pair<std::string, std::string>> items_;

public:
    void add(std::string name, std::string value) { items_.emplace_back(std::move(name), std::move(value)); }

    std::size_t size() const noexcept { return items_.size(); }
    const std::pair<std::string, std::string>& at(std::size_t i) const noexcept { return items_[i]; }

    // The first of that name.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::string_view get(std::string_view name) const noexcept { return find(name).value_or(std::string_view()); }
    // More than 1: the client gave it twice.
    std::size_t count(std::string_view name) const noexcept;
};

} // namespace vn::http
