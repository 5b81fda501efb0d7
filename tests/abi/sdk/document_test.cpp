// The task document of the SDK: finding, reading, changing, and never trusting its input.
#include <vn/document.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

namespace {

const std::string sample = R"(<?xml version="1.0"?>
<!-- first <amount>1</amount> -->
<vnml xmlns:x="urn:x">
  <project a='1 &lt; 2'>
    <x:market name="m1"><rate> 0.05 </rate><amount>7</amount></x:market>
    <valuation name="v"><analytics><price><amount>1.<!-- c -->25</amount></price></analytics><empty/><gone></gone></valuation>
    <note>a<![CDATA[<b> &amp;]]>&#x20AC;&amp;<child>inner</child>z</note>
  </project>
</vnml>
)";

vn_status status_of(const std::string& xml)
{
    try
    {
        const vn::document parsed(xml);
        return VN_OK;
    }
    catch (const vn::error& e)
    {
        return e.status();
    }
}

std::string replaced(std::string text, const std::string& from, const std::string& to)
{
    const auto at = text.find(from);
    BOOST_REQUIRE(at != text.npos);
    return text.replace(at, from.size(), to);
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_document)

BOOST_AUTO_TEST_CASE(finds_the_first_in_document_order)
{
    vn::document doc(sample);
    BOOST_TEST(doc.at("amount").text() == "7");
    BOOST_TEST(doc.at("analytics/price/amount").number() == 1.25);
    BOOST_TEST(doc.at("price/amount").line() == 6u);
    BOOST_TEST(doc.at("/vnml/project/valuation").name() == "valuation");
    BOOST_TEST(doc.at("/vnml").name() == "vnml");
    BOOST_TEST(doc.at("vnml/project").name() == "project");
    BOOST_TEST(!doc.find("/project"));
    BOOST_TEST(!doc.find("price/rate"));
    BOOST_TEST(doc.all("*/amount").size() == 2u);
    BOOST_TEST(doc.all("*").size() == 13u);
}

BOOST_AUTO_TEST_CASE(searches_below_an_element)
{
    vn::document doc(sample);
    const auto valuation = doc.at("valuation");
    BOOST_TEST(valuation.at("amount").text() == "1.25");
    BOOST_TEST(!valuation.find("./amount"));
    BOOST_TEST(!valuation.find("project/valuation/empty"));
    BOOST_TEST(!valuation.find("valuation"));
    BOOST_TEST(bool(valuation.find("./empty")));
    BOOST_TEST(valuation.all("./*").size() == 3u);
    BOOST_TEST(bool(valuation.find("/vnml/project/note")));
}

BOOST_AUTO_TEST_CASE(prefixes_are_ignored_or_exact)
{
    vn::document doc(sample);
    BOOST_TEST(doc.at("market/rate").number() == 0.05);
    BOOST_TEST(doc.at("x:market").attribute("name").value() == "m1");
    BOOST_TEST(!doc.find("y:market"));
    BOOST_TEST(!doc.find("x:rate"));
}

BOOST_AUTO_TEST_CASE(decodes_text_and_attributes)
{
    vn::document doc(sample);
    BOOST_TEST(doc.at("note").text() == "a<b> &amp;\xE2\x82\xAC&z");
    BOOST_TEST(doc.at("project").attribute("a").value() == "1 < 2");
    BOOST_TEST(!doc.at("project").attribute("b"));
    BOOST_TEST(doc.at("empty").text() == "");
    BOOST_TEST(vn::document("<a b='x\ty\r\nz&#10;'>1\r\n2\r3</a>").root().text() == "1\n2\n3");
    BOOST_TEST(vn::document("<a b='x\ty\r\nz&#10;'/>").root().attribute("b").value() == "x y z\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_or_not_a_number_is_invalid)
{
    vn::document doc(sample);
    const auto says = [](const char* part) {
        return [part](const vn::error& e) {
            return e.status() == VN_INVALID && std::string(e.what()).find(part) != std::string::npos;
        };
    };
    BOOST_CHECK_EXCEPTION((void)doc.at("maturity"), vn::error, says("no element maturity"));
    BOOST_CHECK_EXCEPTION((void)doc.at("valuation").at("rate"), vn::error, says("in valuation (line 6)"));
    BOOST_CHECK_EXCEPTION((void)doc.at("note").number(), vn::error, says("is not a number"));
    for (const char* path : {"", "a//b", "/", "a/", "./"})
        BOOST_CHECK_THROW((void)doc.find(path), vn::error);
}

BOOST_AUTO_TEST_CASE(changes_nothing_but_what_is_set)
{
    vn::document doc(sample);
    BOOST_TEST(doc.xml() == sample);
    doc.at("analytics/price/amount").set_number(101, 2);
    BOOST_TEST(doc.at("analytics/price/amount").number() == 101.0);
    BOOST_TEST(doc.xml() == replaced(sample, "1.<!-- c -->25", "101.00"));
    doc.at("analytics/price/amount").set_number(102);
    BOOST_TEST(doc.xml() == replaced(sample, "1.<!-- c -->25", "102"));
}

BOOST_AUTO_TEST_CASE(sets_empty_elements_attributes_and_appends)
{
    vn::document doc("<a x='1'><b/><c></c><d>t</d></a>");
    doc.at("b").set_text("<&>\"");
    doc.at("b").set_attribute("n", "\"<&\n");
    doc.at("b").append("e", "&");
    doc.at("c").set_text("c");
    doc.at("d").append("f", "g");
    doc.root().set_attribute("x", "2");
    doc.root().set_attribute("y", "3");
    doc.root().append("last", "");
    BOOST_TEST(doc.xml() == "<a x=\"2\" y=\"3\"><b n=\"&quot;&lt;&amp;&#10;\">&lt;&amp;&gt;\"<e>&amp;</e></b><c>c</c>"
                            "<d>t<f>g</f></d><last></last></a>");
    vn::document again(doc.xml());
    BOOST_TEST(again.at("b").attribute("n").value() == "\"<&\n");
    BOOST_TEST(again.at("b").text() == "<&>\"");
}

BOOST_AUTO_TEST_CASE(refuses_to_destroy_or_to_write_what_is_not_xml)
{
    vn::document doc(sample);
    BOOST_CHECK_THROW(doc.at("valuation").set_text("gone"), vn::error);
    BOOST_CHECK_THROW(doc.at("empty").set_text(std::string_view("\0", 1)), vn::error);
    BOOST_CHECK_THROW(doc.at("empty").set_text("\x1b"), vn::error);
    BOOST_TEST(doc.xml() == sample);
}

BOOST_AUTO_TEST_CASE(malformed_documents_are_invalid)
{
    for (const char* bad : {"",
                            "   ",
                            "text",
                            "<",
                            "<a",
                            "<a>",
                            "</a>",
                            "<a></b>",
                            "<a/><b/>",
                            "<a/>text",
                            "<a><b></a></b>",
                            "<a b/>",
                            "<a b=1/>",
                            "<a b='1/>",
                            "<a b='<'/>",
                            "<a b='1'c='2'/>",
                            "<!DOCTYPE a><a/>",
                            "<a><!-- </a>",
                            "<a><![CDATA[ </a>",
                            "<a><? </a>",
                            "< a/>",
                            "<a/",
                            "<>",
                            "</>",
                            "<a></a",
                            "<![CDATA[x]]><a/>",
                            "<a><!ELEMENT></a>"})
        BOOST_TEST(status_of(bad) == VN_INVALID, bad);
    for (const char* bad : {"<a>&unknown;</a>", "<a>&</a>", "<a>&#0;</a>", "<a>&#xD800;</a>", "<a>&#99999999999;</a>",
                            "<a>&#;</a>", "<a>&#x110000;</a>", "<a>& ;</a>"})
        BOOST_CHECK_THROW((void)vn::document(bad).root().text(), vn::error);
    for (const char* good : {"<a/>", "\xEF\xBB\xBF<a/>", " <a/> <!-- --> <?x?> ", "<a b = '1' ></a >", "<a>]]&gt;</a>"})
        BOOST_TEST(status_of(good) == VN_OK, good);
}

// Whatever comes, the scanner gives a document or VN_INVALID; run with sanitizers this also says that it stays inside.
BOOST_AUTO_TEST_CASE(mutated_documents_never_do_harm)
{
    std::mt19937 random(1);
    const std::string alphabet = "<>/&;'\"=!-[]? \tabx#\0";
    int read = 0;
    for (int round = 0; round < 3000; ++round)
    {
        auto text = sample.substr(0, random() % 8 == 0 ? random() % sample.size() : sample.npos);
        for (auto edits = random() % 4; edits-- > 0 && !text.empty();)
            text[random() % text.size()] = alphabet[random() % alphabet.size()];
        try
        {
            vn::document doc(text);
            for (const auto& each : doc.all("*"))
            {
                (void)each.attribute("name");
                (void)each.text();
            }
            BOOST_TEST(doc.xml() == text);
            ++read;
        }
        catch (const vn::error& e)
        {
            BOOST_TEST(e.status() == VN_INVALID);
        }
    }
    BOOST_TEST(read > 100);
}

BOOST_AUTO_TEST_SUITE_END()
