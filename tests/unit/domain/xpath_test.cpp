// Which expressions are evaluated in place, and which need to be stoppable.
#include "domain/live_expressions.hpp"
#include "domain/xml_tree.hpp"
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using vn::test::counting_xpath;

std::string wide(std::size_t count)
{
    std::string out = "<vnml><project><d>";
    for (std::size_t i = 0; i < count; ++i)
        out += "<a id='i'/>";
    return out + "</d></project></vnml>";
}

struct expressions
{
    vn::xml_tree tree;
    counting_xpath apart;
    vn::hydration_limits limits;
    vn::live_expressions live;

    explicit expressions(const std::string& document)
        : tree(vn::read_tree(document, {}, {}).value()), live(*tree.document, apart, limits)
    {}

    bool is_in_place(const std::string& expression)
    {
        const auto root = tree.root();
        const auto before = apart.calls;
        (void)live.select(expression, {&root, 1});
        return apart.calls == before;
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(xpath)

BOOST_AUTO_TEST_CASE(plain_paths_run_in_place_in_documents_of_any_size)
{
    expressions large(wide(200'000));
    for (const char* plain :
         {"/vnml/project/d/a", "/vnml/project/d/a[7]", "/vnml/project/d/a[@id='x']", ".", "./project", "./@id",
          "/vnml/project/d/a[last()]", "/vnml/project/d/a[@id='x' and @k='y']"})
        BOOST_TEST(large.is_in_place(plain), plain);
}

BOOST_AUTO_TEST_CASE(repeated_scans_run_apart)
{
    // What is evaluated apart is evaluated for good here: the documents are small, the limit is lower instead.
    expressions small(wide(100));
    small.limits.steps_in_place = 5'000;
    BOOST_TEST(small.is_in_place("//a"));
    BOOST_TEST(small.is_in_place("/vnml/project/d/a[@id='x']/.."));
    for (const char* costly : {"//a[//a[//a]]", "//a[count(//a)>0]", "//a[not(following-sibling::b)]",
                               "//a[../a[../a]]", "//a[preceding::a]", "count(//a/following-sibling::a)",
                               "//a[(//a)[2]]", "//a[string(/)='x']", "//a[/vnml/project/d/a/@id=@id]"})
        BOOST_TEST(!small.is_in_place(costly), costly);
    // The criterion is the work, not the size: cubic over 4,900 nodes does not run in place either.
    const auto shape = vn::shape_of(*expressions(wide(2'440)).tree.document);
    BOOST_TEST(vn::estimated_steps(vn::tokens_of("//a[//a[//a]]"), shape, 1) > 1e9);
    BOOST_TEST(vn::estimated_steps(vn::tokens_of("//a[@id='x']"), shape, 1) < 2e5);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_never_cheap)
{
    const vn::document_shape shape;
    std::string parentheses = std::string(2'000, '(') + "1" + std::string(2'000, ')');
    for (const std::string& expression : {parentheses, std::string("//a["), std::string("'x"), std::string("a b"),
                                          std::string("#"), std::string(3'000, '-') + "1", std::string("")})
        BOOST_TEST(vn::estimated_steps(vn::tokens_of(expression), shape, 1) > 1e300, expression.substr(0, 20));
}

BOOST_AUTO_TEST_CASE(expressions_are_limited)
{
    expressions some(wide(3));
    const auto root = some.tree.root();
    const auto code_of = [&](const std::string& expression) {
        const auto selected = some.live.select(expression, {&root, 1});
        return selected ? std::string() : selected.error().code;
    };
    BOOST_TEST(code_of("/" + std::string(4'095, 'a')) == "");
    BOOST_TEST(code_of("/" + std::string(4'096, 'a')) == "xpath-too-expensive");
    BOOST_TEST(code_of("/p:a") == "xpath-invalid");
    BOOST_TEST(code_of("/p:*") == "xpath-invalid");
    BOOST_TEST(code_of("p:f()") == "xpath-invalid");
    BOOST_TEST(code_of("/a[@p:b]") == "xpath-invalid");
    BOOST_TEST(code_of("/a['p:b']") == "");
    BOOST_TEST(code_of("/child::a/self::b") == "");
    BOOST_TEST(code_of("$x") == "xpath-invalid");
    BOOST_TEST(code_of("/a[") == "xpath-invalid");
    BOOST_TEST(code_of("nope()") == "xpath-invalid");
    some.limits.steps_in_all = 0;
    BOOST_TEST(code_of("/a") == "xpath-too-expensive");
}

BOOST_AUTO_TEST_CASE(selections_come_in_document_order)
{
    const auto tree = vn::read_tree("<r><a i='1'/><b i='2'/><a i='3'/></r>", {}, {}).value();
    const auto root = tree.root();
    for (const char* expression : {"a|b", "b|a", "a[2]/preceding-sibling::*|a[2]", "a[1]/following-sibling::*|a[1]"})
    {
        const auto selected = vn::evaluate_xpath(*tree.document, {&root, 1}, expression).value();
        std::string order;
        for (const auto& node : selected.nodes.at(0))
            order += node.node().attribute("i").value();
        BOOST_TEST(order == "123", expression);
    }
    const auto attributes = vn::evaluate_xpath(*tree.document, {&root, 1}, "//@i").value();
    const auto numbers = vn::number_nodes(*tree.document, attributes);
    vn::xpath_selection found;
    BOOST_REQUIRE(vn::find_nodes(*tree.document, numbers, found));
    BOOST_TEST(found.nodes.at(0).size() == 3u);
    BOOST_TEST(std::string(found.nodes.at(0).at(2).attribute().value()) == "3");
    BOOST_TEST(!vn::find_nodes(*tree.document, {{99}}, found));
}

BOOST_AUTO_TEST_SUITE_END()
