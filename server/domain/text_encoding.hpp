// Which encoding a document is in, and the document in UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vn {

struct transcoded_text
{
    std::optional<std::string> changed; // where the bytes themselves are not the text
    std::string problem;                // empty if all is well

    std::string_view text(std::string_view bytes) const noexcept { return changed ? *changed : bytes; }
};

// By byte order mark, else charset, else XML declaration, else UTF-8. A byte order mark is left out. Text that was in
// another encoding loses its XML declaration to white space, so that places in it keep their line and column.
// UTF-8 itself is not checked here.
transcoded_text to_utf8(std::string_view bytes, std::string_view charset);

} // namespace vn
