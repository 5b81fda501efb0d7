// Trees as text. What is written reads back as the same tree, but for namespace declarations that have no effect on
// names.
#pragma once

#include <pugixml.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace vn {

class xml_writer
{
public:
    explicit xml_writer(std::string& out) : out_(out) {}

    // Element tags in between which others may write; end() belongs to the last open start().
    void start(pugi::xml_node element);
    void end(pugi::xml_node element);

    // A node with all that is below it, without its tail.
    void write(pugi::xml_node node);
    // The same for text nodes of the tail.
    void write_with_tail(pugi::xml_node node);

private:
    void open_tag(pugi::xml_node element);
    void close_tag(pugi::xml_node element);
    void leaf(pugi::xml_node node);

    std::string& out_;
    std::vector<std::string_view> defaults_; // the default namespace in effect, for each open element
};

// A markup of its own: what is in scope of the element is declared on it.
std::string markup_of(pugi::xml_node element);
std::string text_of(const pugi::xml_document& document);

void escape_text(std::string& out, std::string_view text);
void escape_value(std::string& out, std::string_view text);

} // namespace vn
