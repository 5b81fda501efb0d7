// <vn:use> and <vn:select>: docs/hydration.md, sections 4 and 5.
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using enum vn::value_type;
using arguments = std::vector<std::string>;

struct form_fixture : vn::test::hydration_fixture
{
    form_fixture()
    {
        offer({"show", text, {{"one", text}, {"two", text, true}, {"more", text, true, true}}}, [](const arguments& a) {
            std::string out;
            for (const auto& each : a)
                out += "[" + each + "]";
            return out;
        });
        offer({"number", number, {{"value", number}}}, [](const arguments& a) { return a[0]; });
        offer({"markup", xml, {{"content", xml}}}, [](const arguments& a) { return a[0]; });
        offer({"where", path, {{"way", path}}}, [](const arguments& a) { return a[0]; });
    }

    // What becomes of <x>...</x> in the valuation, or the message.
    std::string inside(const std::string& content, const std::string& library = {})
    {
        const auto done = process("<vnml xmlns:vn='urn:vnserver:1'><project>" + library + "<group><valuation><x>" +
                                  content + "</x></valuation></group></project></vnml>");
        if (!done.rejected.code.empty())
            return done.rejected.message;
        const auto& all = done.tasks.at(0).at(0);
        const auto from = all.find("<x");
        const auto to = all.find("<vndb");
        if (all.substr(from, to - from) == "<x/>")
            return {};
        return all.substr(from + 3, to - from - 7);
    }

    // What becomes of this in the project, outside of groups.
    std::string outside_of_groups(const std::string& content)
    {
        const auto done = process("<vnml xmlns:vn='urn:vnserver:1'><project><x>" + content + "</x></project></vnml>");
        if (!done.rejected.code.empty())
            return done.rejected.message;
        const auto from = done.response.find("<x>");
        return from == std::string::npos ? "" : done.response.substr(from + 3, done.response.find("</x>") - from - 3);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(element_forms, form_fixture)

BOOST_AUTO_TEST_CASE(a_call_is_replaced_by_its_result)
{
    const struct
    {
        const char* content;
        const char* out;
    } rows[] = {
        {"<vn:use function='show' one='1'/>", "[1]"},
        {"<vn:use function='vn:show' one=''/>", "[]"},
        {"a<vn:use function='show' one='1'/>b<vn:use function='show' one='2'/>c", "a[1]b[2]c"},
        {"<y/><vn:use function='show' two='2' one='1'/><y/>", "<y/>[1][2]<y/>"},
        {"<vn:use function='number' value=' 5 '/>", "5"},
        {"<vn:use function='show'><vn:argument name='one'>a<!-- -->b</vn:argument></vn:use>", "[ab]"},
        {"<vn:use function='show' one='1' two='2'> <vn:argument name='more'>3</vn:argument>\n"
         "<vn:argument name='more'>4</vn:argument></vn:use>",
         "[1][2][3][4]"},
        {"<vn:use function='show' one='${select(/vnml/project/@k)}'/>",
         "Attribute select XPath '/vnml/project/@k' did not resolve to any values."},
        {"<vn:use function='show' one='${select(/vnml/project/group/valuation/x/@none)}'/>",
         "Attribute select XPath '/vnml/project/group/valuation/x/@none' did not resolve to any values."},
        {"<vn:use function='markup'><vn:argument name='content'>a&lt;<b/>c</vn:argument></vn:use>", "a&lt;<b/>c"},
        {"1<vn:use function='markup' content='2&lt;b/>3'/>4", "12<b/>34"},
        {"<vn:use function='markup' content=''/>", ""},
        {"<vn:use function='show'><vn:argument name='one'><vn:use function='show' one='in'/></vn:argument></vn:use>",
         "[[in]]"},
        {"<u:use xmlns:u='urn:vnserver:1' function='show' one='1'/>", "[1]"},
        {"<use xmlns='urn:vnserver:1' function='show' one='1'/>", "[1]"},
        {"<vn:use xmlns:vn='urn:else' function='show' one='1'/>",
         "<vn:use xmlns:vn=\"urn:else\" function=\"show\" one=\"1\"/>"},
        {"<use function='show' one='1'/>", "<use function=\"show\" one=\"1\"/>"},
        {"<vn:use/>", "Element vn:use needs the attribute function."},
        {"<vn:use function=''/>", "Element vn:use needs the attribute function."},
        {"<vn:use function='none'/>", "Unsupported custom hydration function 'none'."},
        {"<vn:use function='show'/>", "Custom function 'show': argument 'one' is missing."},
        {"<vn:use function='show' two='2'/>", "Custom function 'show': argument 'one' is missing."},
        {"<vn:use function='show' one='1'><vn:argument name='more'>2</vn:argument></vn:use>",
         "Custom function 'show': argument 'two' is missing."},
        {"<vn:use function='show' one='1' three='3'/>", "Custom function 'show' has no argument 'three'."},
        {"<vn:use function='show' one='1'><vn:argument>2</vn:argument></vn:use>",
         "Custom function 'show' has no argument ''."},
        {"<vn:use function='show' one='1'><vn:argument name='one'>2</vn:argument></vn:use>",
         "Custom function 'show': argument 'one' is given more than once."},
        {"<vn:use function='show'><vn:argument name='one'><b/></vn:argument></vn:use>",
         "Custom function 'show': argument 'one' must be a text; it holds an element."},
        {"<vn:use function='show' one='1'>text</vn:use>", "Element vn:use may hold elements vn:argument only."},
        {"<vn:use function='show' one='1'><b/></vn:use>", "Element vn:use may hold elements vn:argument only."},
        {"<vn:use function='number' value='five'/>",
         "Custom function 'number': argument 'value' must be a number (got 'five')."},
        {"<vn:slect path='/'/>", "Unknown hydration element '{urn:vnserver:1}slect'."},
        {"<vn:argument name='one'>1</vn:argument>", "Unknown hydration element '{urn:vnserver:1}argument'."},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.content)
    BOOST_TEST(inside(row.content) == row.out);
}

BOOST_AUTO_TEST_CASE(nodes_are_inserted)
{
    const std::string library = "<d k='v'>one<e>1</e>tail<e k='2'>2</e></d>";
    const struct
    {
        const char* content;
        const char* out;
    } rows[] = {
        {"a<vn:select path='/vnml/project/d/e[1]'/>b", "a<e>1</e>b"},
        {"a<vn:select path='/vnml/project/d/@k'/>b", "avb"},
        {"a<vn:select path='/vnml/project/d/text()[1]'/>b", "aoneb"},
        {"a<vn:select path='count(/vnml/project/d/e)'/>b", "a2b"},
        {"a<vn:select path='sum(/vnml/project/d/e)'/>b", "a3b"},
        {"a<vn:select path='concat(\"&lt;\", /vnml/project/d/@k)'/>b", "a&lt;vb"},
        {"a<vn:select path='/vnml/project/d/e' expect='any'/>b", "a<e>1</e><e k=\"2\">2</e>b"},
        {"a<vn:select path='/vnml/project/d/node()' expect='some'/>b", "aone<e>1</e>tail<e k=\"2\">2</e>b"},
        {"a<vn:select path='//@k' expect='some'/>b", "av2b"},
        {"a<vn:select path='/vnml/project/none' expect='any'/>b", "ab"},
        {"<vn:select path='/vnml/project/none' expect='any'/>", ""},
        {"<vn:select path='/vnml/project/none'/>",
         "XPath '/vnml/project/none' of vn:select did not resolve to any nodes."},
        {"<vn:select path='/vnml/project/none' expect='some'/>",
         "XPath '/vnml/project/none' of vn:select did not resolve to any nodes."},
        {"<vn:select path='/vnml/project/d/e'/>",
         "XPath '/vnml/project/d/e' of vn:select resolved to 2 nodes; expected exactly one."},
        {"<vn:select path='/vnml/project/d/e' expect='all'/>",
         "Attribute expect of vn:select must be one, some or any (got 'all')."},
        {"<vn:select/>", "Element vn:select needs the attribute path."},
        {"<vn:select path=' '/>", "Element vn:select needs the attribute path."},
        {"<vn:select path='project/d'/>",
         "XPath 'project/d' of vn:select must be absolute, relative or the call of a function."},
        {"<vn:select path='./d'/>", "XPath './d' requires a context node provided by a custom function."},
        {"<vn:select path='/vnml' way='fast'/>", "Element vn:select has no attribute 'way'."},
        {"<vn:select path='/vnml'>x</vn:select>", "Element vn:select must be empty."},
        {"<vn:select path='/'/>", "A document cannot be inserted; select its root element."},
        {"<vn:select path='/vnml['/>", "XPath '/vnml[' cannot be evaluated: "},
        {"a<vn:use function='where' way='/vnml/project/d/e'/>b", "a<e>1</e><e k=\"2\">2</e>b"},
        {"<vn:use function='where' way='/vnml/none'/>",
         "Custom function 'vn:where' did not resolve to any target nodes."},
        {"a<vn:use function='link' source='/vnml/project' target='d/e'/>b", "a<e>1</e><e k=\"2\">2</e>b"},
        {"<vn:use function='link' source='/none' target='d'/>",
         "vn:link source XPath '/none' did not resolve to any elements."},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.content)
        {
            auto out = inside(row.content, library);
            // Copies keep what was in scope.
            for (std::size_t at = 0; (at = out.find(" xmlns:vn=\"urn:vnserver:1\"")) != out.npos;)
                out.erase(at, 26);
            BOOST_TEST(out.substr(0, std::string_view(row.out).size() +
                                         (out.starts_with("XPath '/vnml[") ? 0 : 1000)) == row.out);
        }
}

BOOST_AUTO_TEST_CASE(nodes_come_from_other_documents)
{
    files.files["f.xml"] = "<m xmlns:q='urn:q'><r k='1'>1</r><r>2</r><q:s/><t select='/vnml/project/d'/></m>";
    const auto select = [&](const std::string& rest) { return inside("<vn:select " + rest + "/>", "<d>D</d>"); };
    BOOST_TEST(select("source='f.xml' path='/m/r/@k'") == "1");
    BOOST_TEST(select("source='f.xml' path='./r[2]/text()'") == "2");
    BOOST_TEST(select("source='f.xml' path='sum(/m/r)'") == "3");
    BOOST_TEST(select("source='f.xml' path='/m/r' expect='some'").find("<r xmlns:q=\"urn:q\" k=\"1\"") == 0u);
    BOOST_TEST(select("source='f.xml' path='/m/*[3]'").find("<q:s xmlns:q=\"urn:q\"") == 0u);
    BOOST_TEST(select("source='f.xml' path='/m/t'") == "<d xmlns:q=\"urn:q\">D</d>");
    BOOST_TEST(files.fetched["f.xml"] == 6);
    BOOST_TEST(inside("<vn:select source='f.xml' path='/m/r[1]/text()'/>"
                      "<vn:select source='f.xml' path='/m/r[2]/text()'/>") == "12");
    BOOST_TEST(files.fetched["f.xml"] == 7);
    BOOST_TEST(select("source='none.xml' path='/m'") == "File not found for URI 'none.xml'.");
    BOOST_TEST(select("source='x:y' path='/m'") == "No fetcher available to handle URI 'x:y'.");
    BOOST_TEST(select("source='' path='/m'") == "Attribute source of vn:select is empty.");
    files.files["bad.xml"] = "<m>";
    BOOST_TEST(select("source='bad.xml' path='/m'") == "Unable to parse XML from 'bad.xml'.");
}

BOOST_AUTO_TEST_CASE(they_work_outside_of_groups_too)
{
    BOOST_TEST(outside_of_groups("a<vn:use function='show' one='1'/>b") == "a[1]b");
    BOOST_TEST(outside_of_groups("<y>7</y><vn:select path='/vnml/project/x/y/text()'/>") == "<y>7</y>7");
    BOOST_TEST(outside_of_groups("<y use='vn:link(/a,b)'><vn:use function='none'/></y>") ==
               "<y use=\"vn:link(/a,b)\"><vn:use function=\"none\"/></y>");
    // The groups are left to their turn.
    const auto done = process("<vnml xmlns:vn='urn:vnserver:1'><project><vn:use function='show' one='1'/><group>"
                              "<valuation><vn:use function='show' one='2'/></valuation></group></project></vnml>");
    BOOST_TEST(done.tasks.at(0).at(0).find("<project>[1]<group><valuation>[2]<vndb") != std::string::npos,
               done.tasks[0][0]);
}

BOOST_AUTO_TEST_CASE(valuations_may_be_inserted)
{
    files.files["f.xml"] = "<m><valuation name='a'/><valuation name='b' use='vn:link(/vnml/project, d)'/></m>";
    const auto done = process("<vnml xmlns:vn='urn:vnserver:1'><project><d/><d/><group>"
                              "<vn:select source='f.xml' path='/m/valuation' expect='some'/></group></project></vnml>");
    BOOST_TEST(done.rejected.message == "");
    BOOST_REQUIRE(done.tasks.size() == 1u);
    BOOST_TEST(done.tasks[0].size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_context_of_a_link_reaches_them)
{
    BOOST_TEST(
        valuation("<p><i k='1'><n>5</n></i></p>",
                  "<valuation xmlns:vn='urn:vnserver:1' use='vn:link(/vnml/project/p, i)'>"
                  "<vn:select path='./n/text()'/>-<vn:use function='show' one='${select(./@k)}'/></valuation>") ==
        "<valuation xmlns:vn=\"urn:vnserver:1\">5-[1]");
}

BOOST_AUTO_TEST_CASE(a_select_around_them_decides)
{
    int calls = 0;
    offer({"count", text, {}}, [&](const arguments&) { return std::to_string(++calls); });
    // Its partner has text of its own, and what has no partner is copied and resolved once.
    BOOST_TEST(inside("<l select='/vnml/project/d'><y><vn:use function='count'/></y></l>", "<d/>") ==
               "<d><y>1</y></d>");
    BOOST_TEST(calls == 1);
}

BOOST_AUTO_TEST_CASE(what_selects_itself_comes_to_an_end)
{
    environment.limits.document.elements = 10'000;
    const auto code = [&](const std::string& content) {
        return process("<vnml xmlns:vn='urn:vnserver:1'><project>" + content + "<group/></project></vnml>")
            .rejected.code;
    };
    BOOST_TEST(code("<a><vn:select path='/vnml/project/a'/></a>") != "");
    BOOST_TEST(code("<a><vn:select path='/vnml/project/a'/><vn:select path='/vnml/project/a'/></a>") != "");
    BOOST_TEST(code("<a><vn:use function='where' way='/vnml'/></a>") != "");
    // Each holds the next twice.
    std::string laughs = "<l0>ha</l0>";
    for (int i = 1; i < 30; ++i)
    {
        const auto before = "<vn:select path='/vnml/project/l" + std::to_string(i - 1) + "'/>";
        laughs += "<l" + std::to_string(i) + ">" + before + before + "</l" + std::to_string(i) + ">";
    }
    BOOST_TEST(code(laughs) == "hydration-limit");
    std::string nested = "x";
    for (int i = 0; i < 70; ++i)
        nested = "<vn:use function='show'><vn:argument name='one'>" + nested + "</vn:argument></vn:use>";
    BOOST_TEST(inside(nested) == "Maximum select depth (64) exceeded.");
}

BOOST_AUTO_TEST_CASE(joined_texts_are_limited_as_well)
{
    environment.limits.document.value_bytes = 100;
    std::string content;
    for (int i = 0; i < 5; ++i)
        content += "<vn:select path='/vnml/project/d/text()'/>";
    BOOST_TEST(inside(content, "<d>" + std::string(20, 'x') + "</d>") == std::string(100, 'x'));
    BOOST_TEST(inside(content, "<d>" + std::string(21, 'x') + "</d>") ==
               "Hydration produces more than a document may hold.");
    BOOST_TEST(inside("<vn:select path='/vnml/project/d/text()' expect='some'/>",
                      "<d>" + std::string(60, 'x') + "<e/>" + std::string(60, 'x') + "</d>") ==
               "Hydration produces more than a document may hold.");
}

BOOST_AUTO_TEST_SUITE_END()
