#include "engine/document_work.hpp"

namespace vn {

using namespace std::string_view_literals;

namespace {

constexpr std::size_t light_selects = 8;

} // namespace

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
    // What a select copies may select again: with n of them a document grows to about 3 to the power of n/3.
    std::size_t selects = 0;
    for (auto at = document.find("select"); at != document.npos; at = document.find("select", at + 1))
        if (++selects > light_selects)
            return false;
    return true;
}

} // namespace vn
