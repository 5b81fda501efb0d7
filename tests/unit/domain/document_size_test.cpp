#include "domain/document_size.hpp"
#include "domain/xml_tree.hpp"
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

vn::document_size size_of_text(const std::string& text)
{
    const auto tree = vn::read_tree(text, {}, {}).value();
    return vn::size_of(*tree.document);
}

void check_same(const vn::document_size& a, const vn::document_size& b)
{
    BOOST_TEST(a.elements == b.elements);
    BOOST_TEST(a.bytes == b.bytes);
    BOOST_TEST(a.height == b.height);
    BOOST_TEST(a.nodes == b.nodes);
    BOOST_TEST(a.text == b.text);
    BOOST_TEST(a.levels == b.levels);
    BOOST_TEST(a.widest == b.widest);
}

} // namespace

BOOST_AUTO_TEST_SUITE(document_size)

BOOST_AUTO_TEST_CASE(counts_what_is_there)
{
    const auto size = size_of_text("<a k='v' l='wx'><b>text</b><!--no--><b/><c><d>t</d></c></a>");
    BOOST_TEST(size.elements == 5u);
    BOOST_TEST(size.bytes == 17u);
    BOOST_TEST(size.height == 3u);
    BOOST_TEST(size.nodes == 11u); // the document, five elements, two attributes, two texts, a comment
    BOOST_TEST(size.text == 10u);
    BOOST_TEST(size.levels == 5u);
    BOOST_TEST(size.widest == 4u);
}

BOOST_AUTO_TEST_CASE(a_part_that_grows_counts_like_the_whole_looked_at_again)
{
    const auto document = [](const std::string& part) { return "<a><b><c/>" + part + "<c/></b></a>"; };
    const std::string small = "<g k='v'><v/></g>";
    const std::string large = "<g><v><r a='1' b='2'>number</r><s/><s/><s/><s/></v>tail</g>";
    const auto group_of = [](const vn::xml_tree& tree) { return tree.root().first_child().child("g"); };
    const auto before = vn::read_tree(document(small), {}, {}).value();
    const auto after = vn::read_tree(document(large), {}, {}).value();

    auto size = vn::size_of(*before.document);
    vn::replace_part(size, vn::size_of(group_of(before)), vn::size_of(group_of(after)), 3);
    check_same(size, vn::size_of(*after.document));

    // And back: what is added up shrinks, what is a maximum stays.
    vn::replace_part(size, vn::size_of(group_of(after)), vn::size_of(group_of(before)), 3);
    BOOST_TEST(size.elements == vn::size_of(*before.document).elements);
    BOOST_TEST(size.bytes == vn::size_of(*before.document).bytes);
    BOOST_TEST(size.nodes == vn::size_of(*before.document).nodes);
    BOOST_TEST(size.text == vn::size_of(*before.document).text);
    BOOST_TEST(size.height == vn::size_of(*after.document).height);
}

BOOST_FIXTURE_TEST_CASE(results_of_many_groups_may_not_be_larger_together_than_a_document, vn::test::hydration_fixture)
{
    // The size is looked at as a whole once, then group by group: the limit is met at the same element.
    constexpr std::size_t groups = 10;
    std::string request = "<vnml><project>";
    for (std::size_t g = 0; g < groups; ++g)
        request += "<group><valuation/></group>";
    request += "</project></vnml><!--beside-->";
    const std::vector<std::string> results{"<valuation><a/><b/><c/></valuation>"};
    const auto completed = [&](std::size_t elements) {
        environment.limits.document.elements = elements;
        auto document = vn::valuation_document::read(request, environment).value();
        std::size_t done = 0;
        for (; done < groups; ++done)
            if (auto group = document.hydrate(done); !group || !document.complete(done, *group, results))
                break;
        return done;
    };
    // The document has 22 elements; each group brings three more.
    BOOST_TEST(completed(52) == 10u);
    BOOST_TEST(completed(51) == 9u);
    BOOST_TEST(completed(37) == 5u);
    BOOST_TEST(completed(36) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
