#include "domain/xml_events.hpp"

#include "domain/xml_parser.hpp"

#include <climits>
#include <cstring>
#include <new>
#include <vector>

namespace vn {

namespace {

class reading
{
public:
    reading(const document_limits& limits, xml_sink& sink, std::size_t bytes)
        : limits_(limits), sink_(sink), parser_(bytes)
    {
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(
            parser_.get(),
            [](void* self, const char* name, const char** attributes) {
                guarded(self, [&](reading& r) { r.start(name, attributes); });
            },
            [](void* self, const char*) { guarded(self, [](reading& r) { r.end(); }); });
        XML_SetStartNamespaceDeclHandler(parser_.get(), [](void* self, const char* prefix, const char* uri) {
            guarded(self, [&](reading& r) { r.declare(prefix, uri); });
        });
        XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int size) {
            guarded(self, [&](reading& r) { r.characters({text, static_cast<std::size_t>(size)}); });
        });
        XML_SetCommentHandler(
            parser_.get(), [](void* self, const char* text) { guarded(self, [&](reading& r) { r.comment(text); }); });
        XML_SetProcessingInstructionHandler(parser_.get(), [](void* self, const char* target, const char* text) {
            guarded(self, [&](reading& r) { r.instruction(target, text); });
        });
        XML_SetStartDoctypeDeclHandler(parser_.get(), [](void* self, const char*, const char*, const char*, int) {
            guarded(self,
                    [](reading& r) { r.stop("doctype-refused", "A document type declaration is not accepted."); });
        });
    }

    std::optional<failure> read(std::string_view text)
    {
        if (text.find_first_not_of(" \t\r\n") == text.npos)
            return failure{.code = "empty-document",
                           .message = "Input XML is not well-formed.",
                           .reason = "The document is empty."};
        if (text.size() > limits_.document_bytes || text.size() > INT_MAX)
            return failure{.code = "document-limit",
                           .message =
                               "The document is larger than " + std::to_string(limits_.document_bytes) + " bytes."};

        // expat would take such a beginning for a byte order mark or for UTF-16, whatever it is told.
        if (static_cast<unsigned char>(text.front()) >= 0x80 || text.substr(0, 2).find('\0') != text.npos)
            return failure{.code = "malformed-xml",
                           .message = "Input XML is not well-formed.",
                           .line = 1,
                           .column = 1,
                           .reason = "not well-formed (invalid token)"};

        const auto status = XML_Parse(parser_.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
        if (!failure_ && status == XML_STATUS_OK)
            parser_.keep();
        if (failure_ || status == XML_STATUS_OK)
            return failure_;
        const auto error = XML_GetErrorCode(parser_.get());
        if (error == XML_ERROR_NO_MEMORY)
            throw std::bad_alloc();
        return failure{.code = "malformed-xml",
                       .message = "Input XML is not well-formed.",
                       .line = XML_GetCurrentLineNumber(parser_.get()),
                       .column = XML_GetCurrentColumnNumber(parser_.get()) + 1,
                       .reason = XML_ErrorString(error)};
    }

private:
    // No exception may pass through expat; only memory can run out here.
    template <class Do>
    static void guarded(void* self, Do what) noexcept
    {
        auto& r = *static_cast<reading*>(self);
        if (r.failure_)
            return; // expat may report what it had at hand after it was stopped
        try
        {
            what(r);
        }
        catch (const std::exception&)
        {
            r.failure_ = failure{};
            r.failure_->code = "document-limit";
            XML_StopParser(r.parser_.get(), XML_FALSE);
        }
    }

    void stop(std::string code, std::string message)
    {
        failure_ = failure{.code = std::move(code),
                           .message = std::move(message),
                           .line = XML_GetCurrentLineNumber(parser_.get()),
                           .column = XML_GetCurrentColumnNumber(parser_.get()) + 1};
        XML_StopParser(parser_.get(), XML_FALSE);
    }

    void over(const char* what, std::size_t limit)
    {
        stop("document-limit", std::string("The document has ") + what + " (at most " + std::to_string(limit) + ").");
    }

    // From expat's `uri SEP local SEP prefix`, `uri SEP local` or `local`.
    void set_name(const char* triplet)
    {
        const char* local = std::strchr(triplet, name_separator);
        if (!local)
        {
            name_ = triplet;
        }
        else
        {
            ++local;
            if (const char* prefix = std::strchr(local, name_separator))
            {
                name_ = prefix + 1;
                name_ += ':';
                name_.append(local, prefix);
            }
            else
            {
                name_ = ':';
                name_ += local;
            }
        }
        if (name_.size() > limits_.name_bytes)
            over("a name that is too long", limits_.name_bytes);
    }

    bool fits(std::size_t size)
    {
        if (size > limits_.value_bytes)
            over("a text or value that is too long", limits_.value_bytes);
        return !failure_;
    }

    void declare(const char* prefix, const char* uri)
    {
        declared_.emplace_back(std::string("xmlns:") + (prefix ? prefix : ""), uri ? uri : "");
    }

    void start(const char* name, const char** attributes)
    {
        flush();
        set_name(name);
        if (failure_)
            return;
        if (++elements_ > limits_.elements)
            return over("too many elements", limits_.elements);
        if (++depth_ > limits_.depth)
            return over("elements too deep inside each other", limits_.depth);

        sink_.start(name_);
        std::size_t count = declared_.size();
        for (const auto& [declaration, uri] : declared_)
        {
            if (declaration.size() > limits_.name_bytes)
                return over("a name that is too long", limits_.name_bytes);
            if (!fits(uri.size()))
                return;
            sink_.attribute(declaration, uri.c_str());
        }
        declared_.clear();
        for (; *attributes; attributes += 2)
        {
            if (++count > limits_.attributes)
                return over("an element with too many attributes", limits_.attributes);
            set_name(attributes[0]);
            if (failure_ || !fits(std::strlen(attributes[1])))
                return;
            sink_.attribute(name_, attributes[1]);
        }
        if (count > limits_.attributes)
            over("an element with too many attributes", limits_.attributes);
    }

    void end()
    {
        flush();
        --depth_;
        sink_.end();
    }

    void characters(std::string_view text)
    {
        if (fits(text_.size() + text.size()))
            text_ += text;
    }

    void comment(const char* text)
    {
        flush();
        if (fits(std::strlen(text)))
            sink_.comment(text);
    }

    void instruction(const char* target, const char* text)
    {
        flush();
        if (std::strlen(target) > limits_.name_bytes)
            return over("a name that is too long", limits_.name_bytes);
        if (fits(std::strlen(text)))
            sink_.instruction(target, text);
    }

    void flush()
    {
        if (text_.empty())
            return;
        sink_.text(text_);
        text_.clear();
    }

    const document_limits& limits_;
    xml_sink& sink_;
    xml_parser parser_;
    std::vector<std::pair<std::string, std::string>> declared_;
    std::string name_;
    std::string text_;
    std::size_t depth_ = 0;
    std::size_t elements_ = 0;
    std::optional<failure> failure_;
};

} // namespace

std::optional<failure> read_events(std::string_view text, const document_limits& limits, xml_sink& sink)
{
    return reading(limits, sink, text.size()).read(text);
}

} // namespace vn
