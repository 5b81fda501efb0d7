// A text of ours that is not judged again gives the same tree as through the gate.
#include "domain/result_document.hpp"
#include "domain/task_output.hpp"
#include "domain/xml_tree.hpp"
#include "domain/xml_writer.hpp"

#include <boost/test/unit_test.hpp>

#include <sstream>

using namespace vn;

namespace {

// Every node with its kind, name and value, so that two texts side by side or an empty one show.
std::string shape_of(pugi::xml_node top)
{
    std::ostringstream out;
    out << '(' << top.type() << ' ' << top.name() << '=' << top.value();
    for (const auto& a : top.attributes())
        out << " @" << a.name() << '=' << a.value();
    for (const auto& child : top.children())
        out << shape_of(child);
    out << ')';
    return out.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(rereading)

BOOST_AUTO_TEST_CASE(gives_the_tree_that_the_gate_gives)
{
    const struct
    {
        const char* name;
        const char* text;
    } cases[] = {
        {"plain", "<valuation name='bond'><analytics><price><amount>1.00</amount></price></analytics></valuation>"},
        {"empty", "<valuation/>"},
        {"references", "<valuation a='&lt;&amp;&quot;&apos;&#10;&#9;&#13;'>&lt;&gt;&amp;&#13;\n&#x20AC;</valuation>"},
        {"white space", "<valuation>\n  <a> </a>\n\t<b>\n</b> x \n</valuation>"},
        {"line ends", "<valuation a='1\r\n2\n3'>a\r\nb\rc\nd</valuation>"},
        {"CDATA beside text", "<valuation>a<![CDATA[<b>&]]>c</valuation>"},
        {"comments and instructions", "<valuation><!-- a --><?b c  d?>e<?f?></valuation>"},
        {"mixed", "<valuation>a<b/>c<b>d</b><!-- e -->f</valuation>"},
        {"not ASCII", "<valuation ä='ö'>ü € 𝄞</valuation>"},
        {"what looks like a reference", "<valuation>&amp;lt; &amp;#65; ]]&gt;</valuation>"},
        {"a wrapper", "<job><task><results><vnml><project><group><valuation>1</valuation>tail</group></project></vnml>"
                      "</results></task></job>"},
        {"namespaces", "<valuation xmlns:p='v'><p:a p:b='c'/><d xmlns='u'/></valuation>"},
        {"no namespace, but its name", "<valuation a='xmlns'>xmlns</valuation>"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto stored = take_valuation(c.text, {});
            BOOST_TEST_REQUIRE(stored.has_value());
            const auto judged = read_result(*stored, {});
            const auto reread = reread_result(*stored, {});
            BOOST_TEST_REQUIRE((judged && reread));
            BOOST_TEST(shape_of(*reread->tree.document) == shape_of(*judged->tree.document));
            BOOST_TEST(shape_of(reread->valuation) == shape_of(judged->valuation));
            BOOST_TEST(reread->tree.has_namespaces == judged->tree.has_namespaces);
            BOOST_TEST(stored_form(reread->valuation) == *stored);
        }
}

BOOST_AUTO_TEST_CASE(leaves_namespaces_to_the_gate)
{
    BOOST_TEST(!reread_tree("<a xmlns='u'/>"));
    BOOST_TEST(reread_tree("<a/>").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
