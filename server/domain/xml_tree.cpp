#include "domain/xml_tree.hpp"

#include "domain/plain_xml.hpp"
#include "domain/text_encoding.hpp"
#include "domain/xml_events.hpp"
#include "domain/xml_names.hpp"

namespace vn {

namespace {

class tree_builder final : public xml_sink
{
public:
    tree_builder(xml_tree& tree, const part_ended& ended) : tree_(tree), ended_(ended), at_(*tree.document) {}

    void start(const std::string& name) override
    {
        ++depth_;
        at_ = at_.append_child(pugi::node_element);
        at_.set_name(name.c_str());
    }

    void attribute(const std::string& name, const char* value) override
    {
        tree_.has_namespaces |= is_declaration(name);
        at_.append_attribute(name.c_str()).set_value(value);
    }

    void end() override
    {
        if (depth_-- == depth_of_parts && ended_)
            ended_(at_);
        at_ = at_.parent();
    }

    void text(const std::string& value) override { at_.append_child(pugi::node_pcdata).set_value(value.c_str()); }
    void comment(const char* value) override { at_.append_child(pugi::node_comment).set_value(value); }

    void instruction(const char* target, const char* value) override
    {
        auto node = at_.append_child(pugi::node_pi);
        node.set_name(target);
        node.set_value(value);
    }

private:
    static constexpr std::size_t depth_of_parts = 3;

    xml_tree& tree_;
    const part_ended& ended_;
    pugi::xml_node at_;
    std::size_t depth_ = 0;
};

// What is known to be well-formed and without namespaces.
std::optional<xml_tree> load(std::string_view text)
{
    constexpr unsigned as_it_is = pugi::parse_ws_pcdata | pugi::parse_escapes | pugi::parse_comments | pugi::parse_pi;
    xml_tree tree;
    if (!tree.document->load_buffer(text.data(), text.size(), as_it_is, pugi::encoding_utf8))
        return std::nullopt;
    return tree;
}

} // namespace

result<xml_tree, failure> read_tree(std::string_view bytes, std::string_view charset, const document_limits& limits,
                                    const part_ended& ended)
{
    auto text = to_utf8(bytes, charset);
    if (!text.problem.empty())
        return failure{
            .code = "malformed-xml", .message = "Input XML is not well-formed.", .reason = std::move(text.problem)};
    if (!ended && is_plain_xml(text.text(bytes), limits))
        if (auto plain = load(text.text(bytes)))
            return std::move(*plain);
    xml_tree tree;
    tree_builder builder(tree, ended);
    if (auto refused = read_events(text.text(bytes), limits, builder))
        return std::move(*refused);
    return tree;
}

std::optional<xml_tree> reread_tree(std::string_view bytes)
{
    if (bytes.find("xmlns") != bytes.npos)
        return std::nullopt;
    return load(bytes);
}

} // namespace vn
