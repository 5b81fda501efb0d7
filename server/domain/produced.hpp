// Counts what hydration produces while it grows (R21).
#pragma once

#include "domain/hydration_limits.hpp"

#include <pugixml.hpp>

#include <cstddef>
#include <string_view>

namespace vn {

// What is dropped again stays counted, as it cost the same: so one piece of hydration may produce a few times what a
// document may hold, and a group or an initial pass some multiple of that.
class produced
{
public:
    // namespaces: whether any tree of the request declares one.
    produced(const document_limits& limits, bool namespaces) : limits_(limits), has_namespaces(namespaces) {}

    // False when over, then and later.
    bool add(std::size_t elements, std::size_t bytes) noexcept
    {
        elements_ += elements;
        bytes_ += bytes;
        if (elements_ - elements_before_ > piece_factor * limits_.elements ||
            bytes_ - bytes_before_ > piece_factor * limits_.document_bytes ||
            elements_ > total_factor * limits_.elements || bytes_ > total_factor * limits_.document_bytes)
            over_ = true;
        return !over_;
    }

    bool check(bool within) noexcept
    {
        over_ |= !within;
        return !over_;
    }

    // The next piece counts from 0 again.
    void start_piece() noexcept
    {
        elements_before_ = elements_;
        bytes_before_ = bytes_;
    }

    bool is_over() const noexcept { return over_; }
    const document_limits& limits() const noexcept { return limits_; }

private:
    static constexpr std::size_t piece_factor = 4;
    static constexpr std::size_t total_factor = 64;

    const document_limits& limits_;
    std::size_t elements_ = 0;
    std::size_t bytes_ = 0;
    std::size_t elements_before_ = 0;
    std::size_t bytes_before_ = 0;
    bool over_ = false;

public:
    bool has_namespaces;
};

std::size_t depth_of(pugi::xml_node node) noexcept;
// Levels of elements in the tree below and including top.
std::size_t height_of(pugi::xml_node top) noexcept;

} // namespace vn
