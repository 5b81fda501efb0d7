#include "domain/document_gate.hpp"

#include "domain/plain_xml.hpp"
#include "domain/text_encoding.hpp"
#include "domain/xml_events.hpp"

namespace vn {

namespace {

class no_sink final : public xml_sink
{
    void start(const std::string&) override {}
    void attribute(const std::string&, const char*) override {}
    void end() override {}
    void text(const std::string&) override {}
    void comment(const char*) override {}
    void instruction(const char*, const char*) override {}
};

} // namespace

result<std::string, failure> admit_document(std::string bytes, std::string_view charset, const document_limits& limits)
{
    auto text = to_utf8(bytes, charset);
    if (!text.problem.empty())
        return failure{
            .code = "malformed-xml", .message = "Input XML is not well-formed.", .reason = std::move(text.problem)};
    no_sink sink;
    if (!is_plain_xml(text.text(bytes), limits))
        if (auto refused = read_events(text.text(bytes), limits, sink))
            return std::move(*refused);
    return text.changed ? std::move(*text.changed) : std::move(bytes);
}

} // namespace vn
