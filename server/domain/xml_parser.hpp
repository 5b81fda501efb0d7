// A parser of expat for one document: a new one costs more than a small document, so each thread keeps one.
#pragma once

#include <expat.h>

#include <cstddef>
#include <memory>

namespace vn {

// Between a namespace, a name and a prefix. Cannot occur in XML, so it cannot occur in a namespace either.
inline constexpr char name_separator = '\x01';

class xml_parser
{
public:
    // With namespaces, for UTF-8. bytes: of the document. Throws std::bad_alloc.
    explicit xml_parser(std::size_t bytes);
    // Kept for the next document of this thread, if this one was small and keep() was called.
    ~xml_parser();
    xml_parser(const xml_parser&) = delete;

    XML_Parser get() const noexcept { return owned_.parser.get(); }
    // The document has been read to its end.
    void keep() noexcept { is_kept_ = is_small_; }

private:
    struct end
    {
        void operator()(XML_Parser parser) const noexcept { XML_ParserFree(parser); }
    };
    struct owned
    {
        std::unique_ptr<XML_ParserStruct, end> parser = {};
        unsigned documents = 0; // that it has read
    };

    static owned& kept() noexcept;

    owned owned_;
    bool is_small_;
    bool is_kept_ = false;
};

} // namespace vn
