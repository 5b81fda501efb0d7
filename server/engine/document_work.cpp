#include "engine/document_work.hpp"

namespace vn {

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
    return true;
}

} // namespace vn
