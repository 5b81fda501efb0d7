// Which documents need no judge, and that they read as they would by him.
#include "domain/plain_xml.hpp"
#include "domain/xml_tree.hpp"
#include "domain/xml_writer.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <random>

using namespace vn;
namespace data = boost::unit_test::data;

namespace {

// By the parser for all that is not plain.
result<xml_tree, failure> parsed(std::string_view text, const document_limits& limits = {})
{
    return read_tree(text, {}, limits, [](pugi::xml_node) {});
}

const char* const plain[] = {
    "<a/>",
    " \n<a />\t\n",
    "<a></a >",
    "<a>\n  <b x='1' y = \"it's > '\"\n\tz=''/>text ]] ' \"\n <b>\t</b>\n</a>",
    "<_a.b-c1/>",
    "<xmlns/>",
    "<a>xmlns</a>",
    "<a x='&amp;&lt;&quot;&apos;'>&gt;]]&gt;&amp;amp;&amp; &amp;lt;<b/>&apos;</a>",
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>",
    "<?xml version='1.0' encoding='utf-8'?><a/>",
    "<a x=\"/v/b[@n='1']\">;</a>",
};

const char* const not_plain[] = {
    "",
    " ",
    "text",
    "<a>",
    "</a>",
    "<a/><b/>",
    "<a/>text",
    "text<a/>",
    "<a></b>",
    "<a><b></a></b>",
    "<a x='1' x='2'/>",
    "<a x='1'y='2'/>",
    "<a x=1/>",
    "<a x='1/>",
    "<a x/>",
    "<a xmlns='u'/>",
    "<b:a/>",
    "<a b:c='1'/>",
    "<1a/>",
    "<-a/>",
    "< a/>",
    "<a / >",
    "<a>&</a>",
    "<a>&amp</a>",
    "<a>&#65;</a>",
    "<a>&nbsp;</a>",
    "<a x='&#10;'/>",
    "<a x='&amp'/>",
    "<a x='<'/>",
    "<a>]]></a>",
    "<a>></a>",
    "<a><!--c--></a>",
    "<a><![CDATA[c]]></a>",
    "<a><?p i?></a>",
    "<!DOCTYPE a><a/>",
    "<a>\r</a>",
    "<a\r/>",
    "<a x='\t'/>",
    "<a x='\n'/>",
    "<a>\x01</a>",
    "<a>\x7f</a>",
    "<a>\xc3\xa4</a>",
    "<\xc3\xa4/>",
    "\xef\xbb\xbf<a/>",
    " <?xml version=\"1.0\"?><a/>",
    "<?xml version=\"1.1\"?><a/>",
    "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a/>",
    "<a/",
    "<a",
    "<",
    "<a></a",
    "<a x",
    "<a x=",
    "<a x='",
};

} // namespace

BOOST_AUTO_TEST_SUITE(plain_xml)

BOOST_DATA_TEST_CASE(is_what_needs_no_judge, data::make(plain), text)
{
    BOOST_TEST(is_plain_xml(text, {}));
    const auto tree = read_tree(text, {}, {});
    const auto judged = parsed(text);
    BOOST_TEST_REQUIRE(tree.has_value());
    BOOST_TEST_REQUIRE(judged.has_value());
    BOOST_TEST(text_of(*tree->document) == text_of(*judged->document));
    BOOST_TEST(!tree->has_namespaces);
}

BOOST_DATA_TEST_CASE(is_nothing_else, data::make(not_plain), text)
{
    BOOST_TEST(!is_plain_xml(text, {}));
}

BOOST_AUTO_TEST_CASE(is_within_the_limits)
{
    const document_limits limits{
        .depth = 3, .attributes = 2, .elements = 4, .name_bytes = 4, .value_bytes = 5, .document_bytes = 60};
    for (const char* text :
         {"<a><b><c/></b></a>", "<a><b/><c/><d/></a>", "<a x='1' y='2'/>", "<abcd/>", "<a abcd='1'/>", "<a x='12345'/>",
          "<a>12345</a>", "<a>12345<b/>12345</a>", "<a>     </a>"})
    {
        BOOST_TEST(is_plain_xml(text, limits), text);
        BOOST_TEST(admit_document(text, {}, limits).has_value(), text);
    }
    for (const char* text : {"<a><b><c><d/></c></b></a>", "<a><b/><c/><d/><e/></a>", "<a x='1' y='2' z='3'/>",
                             "<abcde/>", "<a abcde='1'/>", "<a x='123456'/>", "<a>123456</a>", "<a><b/>123456</a>",
                             "<a><b> 12 </b><b> 12 </b><b> 12 </b>                          </a>"})
    {
        BOOST_TEST(!is_plain_xml(text, limits), text);
        const auto refused = admit_document(text, {}, limits);
        BOOST_TEST_REQUIRE(!refused.has_value(), text);
        BOOST_TEST(refused.error().code == "document-limit");
    }
    // More attributes than are compared with each other.
    std::string many = "<a";
    for (int i = 0; i < 17; ++i)
        many += " a" + std::to_string(i) + "=''";
    BOOST_TEST(!is_plain_xml(many + "/>", {}));
    BOOST_TEST(admit_document(many + "/>").has_value());
}

// A document, broken at one place: what is called plain is accepted by the parser, and is the same to it.
BOOST_AUTO_TEST_CASE(is_never_what_the_parser_refuses)
{
    const std::string whole =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vnml><project a=\"1\" bc='d e'>\n"
        "<group name='G'><valuation name = 'x'><m select='/a/b[1]'/>t &amp; <![CDATA[c]]>u<!-- v --></valuation>"
        "</group><x:y xmlns:x=\"u\"/>\n</project></vnml>\n";
    const std::string plain_part = "<vnml><project a=\"1\" bc='d e'>\n<group name='G'><valuation name = 'x'><m "
                                   "select='/a/b[1]'/>text</valuation></group></project></vnml>\n";
    constexpr std::string_view bytes = "<>/='\"& \t\n\r!?-[]:;xa1.\x80\xc3";
    std::minstd_rand random(1);
    const auto up_to = [&](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
    int found_plain = 0;
    for (int i = 0; i < 200'000; ++i)
    {
        std::string text = i % 2 == 0 ? whole : plain_part;
        const auto changes = 1 + up_to(3);
        for (std::size_t c = 0; c < changes; ++c)
        {
            const auto at = up_to(text.size());
            switch (up_to(4))
            {
            case 0:
                text[at] = bytes[up_to(bytes.size())];
                break;
            case 1:
                text.insert(at, 1, bytes[up_to(bytes.size())]);
                break;
            case 2:
                text.erase(at, 1 + up_to(6));
                break;
            case 3:
                text.insert(at, text.substr(up_to(text.size()), up_to(12)));
                break;
            }
        }
        if (!is_plain_xml(text, {}))
            continue;
        ++found_plain;
        const auto judged = parsed(text);
        BOOST_TEST_REQUIRE(judged.has_value(), text);
        BOOST_TEST_REQUIRE(text_of(*judged->document) == text_of(*read_tree(text, {}, {})->document), text);
    }
    BOOST_TEST(found_plain > 5'000);
}

BOOST_AUTO_TEST_SUITE_END()
