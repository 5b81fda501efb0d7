// Functions that `use="vn:NAME(...)"` may name besides the built-in `link` (R37).
#pragma once

#include "core/error.hpp"

#include <pugixml.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

struct function_call
{
    const std::string& value; // the whole attribute
    const std::vector<std::string>& arguments;
    pugi::xml_node root; // of the live document
};

class hydration_function
{
public:
    virtual ~hydration_function() = default;

    // The context nodes, elements of the live document: one item is made for each. Blocking; pool threads.
    virtual result<std::vector<pugi::xml_node>, failure> blocking_call(const function_call& call) const = 0;
};

// Looked up before arguments are counted; filled before requests run, then read only. Functions are borrowed.
class hydration_functions
{
public:
    void add(std::string name, const hydration_function& function);
    const hydration_function* find(std::string_view name) const;

private:
    std::map<std::string, const hydration_function*, std::less<>> functions_;
};

} // namespace vn
