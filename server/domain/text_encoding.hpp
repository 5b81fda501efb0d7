// Which encoding a document is in, and the document in UTF-8.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vn {

struct transcoded_text
{
    std::string utf8;
    std::string problem; // empty if all is well; then utf8 is the document
};

// By byte order mark, else charset, else XML declaration, else UTF-8. A byte order mark is left out. Text that was in
// another encoding loses its XML declaration to white space, so that places in it keep their line and column.
// UTF-8 itself is not checked here.
transcoded_text to_utf8(std::string bytes, std::string_view charset);

} // namespace vn
