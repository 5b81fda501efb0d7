#include "engine/document_work.hpp"

namespace vn {

namespace {

constexpr std::size_t light_selects = 8;

} // namespace

bool is_light(std::string_view document) noexcept
{
    if (document.size() > light_bytes)
        return false;
    for (const std::string_view sign : {"href", "use=", "//", "::", "[", "${", "*"})
        if (document.find(sign) != document.npos)
        {
            // "//" also stands in namespace names and "[1]" is no search; being wrong here costs a thread switch.
            return false;
        }
    // What a select copies may select again: with n of them a document grows to about 3 to the power of n/3.
    std::size_t selects = 0;
    for (auto at = document.find("select"); at != document.npos; at = document.find("select", at + 1))
        if (++selects > light_selects)
            return false;
    return true;
}

} // namespace vn
