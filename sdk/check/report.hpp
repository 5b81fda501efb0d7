// What vn-plugin-check found, as text for people or as one JSON object.
#pragma once

#include "check/child.hpp"

#include <string>
#include <vector>

namespace vn::check {

struct finding
{
    std::string trial;
    std::vector<record> records;
};

struct report
{
    std::string file;
    std::vector<finding> findings; // in the order of the trials

    std::size_t problems() const;
    std::string text() const;
    std::string json() const;
};

} // namespace vn::check
