#include "domain/xml_writer.hpp"

#include "domain/xml_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace vn {

namespace {

constexpr auto bytes_in(std::string_view list)
{
    std::array<bool, 256> in{};
    for (const char c : list)
        in[static_cast<unsigned char>(c)] = true;
    return in;
}

// A line end as such would be read as a line feed, and in a value as a space.
constexpr auto special_in_text = bytes_in("&<>\r");
constexpr auto special_in_value = bytes_in("&<>\"\n\t\r");

const char* reference(char c)
{
    switch (c)
    {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\n':
        return "&#10;";
    case '\t':
        return "&#9;";
    default:
        return "&#13;";
    }
}

// Characters in special become references; the rest is written in whole pieces.
void escape(std::string& out, std::string_view text, const std::array<bool, 256>& special)
{
    for (;;)
    {
        const auto at =
            std::find_if(text.begin(), text.end(), [&](char c) { return special[static_cast<unsigned char>(c)]; });
        out.append(text.begin(), at);
        if (at == text.end())
            return;
        out += reference(*at);
        text = {at + 1, text.end()};
    }
}

void attribute(std::string& out, std::string_view name, std::string_view value)
{
    out += ' ';
    out += name;
    out += "=\"";
    escape_value(out, value);
    out += '"';
}

std::string_view written_name(std::string_view name)
{
    return name.starts_with(':') ? name.substr(1) : name;
}

} // namespace

void escape_text(std::string& out, std::string_view text)
{
    escape(out, text, special_in_text);
}
void escape_value(std::string& out, std::string_view text)
{
    escape(out, text, special_in_value);
}

void xml_writer::open_tag(pugi::xml_node element)
{
    const std::string_view name = element.name();
    const std::string_view outside = defaults_.empty() ? std::string_view() : defaults_.back();
    std::string_view inside = outside;
    out_ += '<';
    out_ += written_name(name);

    // A plain name is in no namespace, so a default one cannot be in effect there; what is below and needs it
    // declares it again.
    if (is_plain_name(name))
    {
        inside = {};
    }
    else if (name.starts_with(':'))
    {
        const char* uri = namespace_of(element, {});
        inside = uri ? uri : "";
    }
    else if (const auto own = element.attribute("xmlns:"))
    {
        inside = own.value();
    }
    if (inside != outside)
        attribute(out_, "xmlns", inside);
    defaults_.push_back(inside);

    // Declarations first, as usual: the markup of an element can become the value of an attribute, where order shows.
    for (const bool declarations : {true, false})
        for (auto a = element.first_attribute(); a; a = a.next_attribute())
            if (is_declaration(a.name()) == declarations && std::string_view(a.name()) != "xmlns:")
                attribute(out_, a.name(), a.value());
}

void xml_writer::close_tag(pugi::xml_node element)
{
    out_ += "</";
    out_ += written_name(element.name());
    out_ += '>';
    defaults_.pop_back();
}

void xml_writer::start(pugi::xml_node element)
{
    open_tag(element);
    out_ += '>';
}

void xml_writer::end(pugi::xml_node element)
{
    close_tag(element);
}

void xml_writer::leaf(pugi::xml_node node)
{
    switch (node.type())
    {
    case pugi::node_pcdata:
    case pugi::node_cdata:
        escape_text(out_, node.value());
        break;
    case pugi::node_comment:
        out_ += "<!--";
        out_ += node.value();
        out_ += "-->";
        break;
    case pugi::node_pi:
        out_ += "<?";
        out_ += node.name();
        if (*node.value())
        {
            out_ += ' ';
            out_ += node.value();
        }
        out_ += "?>";
        break;
    default:
        break;
    }
}

void xml_writer::write(pugi::xml_node top)
{
    for (auto node = top; node;)
    {
        if (!is_element(node))
        {
            leaf(node);
        }
        else
        {
            open_tag(node);
            if (const auto child = node.first_child())
            {
                out_ += '>';
                node = child;
                continue;
            }
            out_ += "/>";
            defaults_.pop_back();
        }
        while (node != top && !node.next_sibling())
        {
            node = node.parent();
            close_tag(node);
        }
        if (node == top)
            return;
        node = node.next_sibling();
    }
}

void xml_writer::write_with_tail(pugi::xml_node node)
{
    write(node);
    if (const auto tail = tail_of(node))
        leaf(tail);
}

std::string markup_of(pugi::xml_node element)
{
    std::string out;
    // Declarations can only be added to a tree of their own.
    bool scoped = false;
    for (auto node = element.parent(); is_element(node) && !scoped; node = node.parent())
        scoped = std::any_of(node.attributes_begin(), node.attributes_end(),
                             [](const pugi::xml_attribute& a) { return is_declaration(a.name()); });
    if (!scoped)
    {
        xml_writer(out).write(element);
        return out;
    }
    pugi::xml_document apart;
    auto copy = apart.append_copy(element);
    keep_scope(element.parent(), copy);
    xml_writer(out).write(copy);
    return out;
}

std::string text_of(const pugi::xml_document& document)
{
    std::string out;
    xml_writer writer(out);
    for (auto node = document.first_child(); node; node = node.next_sibling())
        writer.write(node);
    return out;
}

} // namespace vn
