// One pass over a document from outside: well-formedness with namespaces and limits, told as events.
#pragma once

#include "core/error.hpp"
#include "domain/document_gate.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace vn {

// Names are `local`, `prefix:local`, or `:local` where the namespace is the default one (xml_names.hpp says why).
// Text comes in one piece, however it was written.
class xml_sink
{
public:
    virtual ~xml_sink() = default;
    virtual void start(const std::string& name) = 0;
    // Namespace declarations come first, as `xmlns:prefix`, the default one as `xmlns:`.
    virtual void attribute(const std::string& name, const char* value) = 0;
    virtual void end() = 0;
    virtual void text(const std::string& value) = 0;
    virtual void comment(const char* value) = 0;
    virtual void instruction(const char* target, const char* value) = 0;
};

// text is UTF-8. Codes as those of admit_document(). After a failure the sink has seen part of the document.
std::optional<failure> read_events(std::string_view text, const document_limits& limits, xml_sink& sink);

} // namespace vn
