// The same expression in many tasks costs what it costs once, and is never older than the document.
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace vn::test;

std::string times(std::size_t count, const std::string& text)
{
    std::string out;
    for (std::size_t i = 0; i < count; ++i)
        out += text;
    return out;
}

struct repeated_expression_fixture : hydration_fixture
{
    // Task elements without what is around them; or the one line that says why there are none.
    std::vector<std::string> tasks_of(vn::valuation_document& document, std::size_t group)
    {
        const auto hydrated = document.hydrate(group);
        if (!hydrated)
            return {hydrated.error().code};
        std::vector<std::string> out;
        for (std::size_t n = 1; n <= hydrated->task_count(); ++n)
        {
            const auto text = hydrated->task_document(n);
            const auto from = text.find("<valuation");
            out.push_back(text.substr(from, text.rfind("<vndb") - from));
        }
        return out;
    }

    std::vector<std::string> tasks_of(const std::string& request)
    {
        auto document = vn::valuation_document::read(request, environment);
        return document ? tasks_of(*document, 0) : std::vector<std::string>{document.error().code};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(repeated_expression, repeated_expression_fixture)

BOOST_AUTO_TEST_CASE(a_hundred_thousand_tasks_select_the_same_market)
{
    const auto tasks = tasks_of("<vnml><project><market><curve>1</curve></market><group>" +
                                times(100'000, "<valuation><market select='/vnml/project/market'/></valuation>") +
                                "</group></project></vnml>");
    BOOST_REQUIRE_EQUAL(tasks.size(), 100'000u);
    for (const auto n : {0u, 1u, 50'000u, 99'999u})
        BOOST_TEST(tasks[n] == "<valuation><market><curve>1</curve></market>");
    BOOST_TEST(xpath.calls == 0);
}

BOOST_AUTO_TEST_CASE(what_is_evaluated_apart_is_asked_for_once_for_all_tasks)
{
    environment.limits.steps_in_place = 0;
    const auto count = times(200, "<a/>");
    const auto tasks = tasks_of("<vnml><project><market>" + count + "<m k='v'/></market><group>" +
                                times(50, "<valuation><m select='//a[//a[//a]][1]/../m[//a]'/></valuation>") +
                                "</group></project></vnml>");
    BOOST_REQUIRE_EQUAL(tasks.size(), 50u);
    BOOST_TEST(tasks[49] == "<valuation><m k=\"v\"/>");
    BOOST_TEST(xpath.calls == 1);
}

BOOST_AUTO_TEST_CASE(many_different_expressions_use_up_what_a_request_may_spend)
{
    environment.limits.steps_in_all = 20'000;
    const auto group = [](auto path) {
        std::string out = "<vnml><project><m/><group>";
        for (std::size_t i = 0; i < 500; ++i)
            out += "<valuation><m select='" + path(i) + "'/></valuation>";
        return out + "</group></project></vnml>";
    };
    const auto same = tasks_of(group([](std::size_t) { return std::string("/vnml/project/m"); }));
    BOOST_TEST(same.size() == 500u);
    const auto different =
        tasks_of(group([](std::size_t i) { return "/vnml/project/m[not(@k=" + std::to_string(i) + ")]"; }));
    BOOST_REQUIRE_EQUAL(different.size(), 1u);
    BOOST_TEST(different[0] == "xpath-too-expensive");
}

BOOST_AUTO_TEST_CASE(a_large_selection_costs_each_who_looks_at_it)
{
    environment.limits.steps_in_all = 300'000;
    const auto request = [](const std::string& path) {
        return "<vnml><project><m/>" + times(1'000, "<t>x</t>") + "<group>" +
               times(500, "<valuation><m select='" + path + "'/></valuation>") + "</group></project></vnml>";
    };
    BOOST_TEST(tasks_of(request("/vnml/project/m")).size() == 500u);
    const auto large = tasks_of(request("/vnml/project/m|/vnml/project/t/text()"));
    BOOST_REQUIRE_EQUAL(large.size(), 1u);
    BOOST_TEST(large[0] == "xpath-too-expensive");
}

BOOST_AUTO_TEST_CASE(the_context_decides_wherever_it_can)
{
    const auto tasks = tasks_of("<vnml xmlns:vn='urn:vnserver:1'><project><b><i n='1'/><i n='2'/><i n='3'/></b><group>"
                                "<valuation use='vn:link(/vnml/project/b,i)'>"
                                "<o a='${select(./@n)}' b='${select(/vnml/project/b/i[2]/@n)}'/>"
                                "<o><vn:select path='/vnml/none|./@n'/></o>"
                                "<o><vn:select path='/vnml/project/b/i[@n=2 or .=/none]/@n'/></o>"
                                "<o><vn:select path='/vnml/project/b/i[1]/@n + ./@n'/></o>"
                                "<o select='.'/></valuation></group></project></vnml>");
    BOOST_REQUIRE_EQUAL(tasks.size(), 3u);
    for (const int n : {1, 2, 3})
    {
        const auto own = std::to_string(n);
        BOOST_TEST(tasks[static_cast<std::size_t>(n - 1)] == "<valuation><o a=\"" + own + "\" b=\"2\"/><o>" + own +
                                                                 "</o><o>2</o><o>" + std::to_string(n + 1) +
                                                                 "</o><i n=\"" + own + "\"/>");
    }
}

BOOST_AUTO_TEST_CASE(results_are_seen_by_an_expression_that_was_used_before)
{
    const std::string valuation = "<valuation><o n='${select(/vnml/project/group[1]/valuation/r)}'/></valuation>";
    auto document = vn::valuation_document::read("<vnml><project><group><valuation><r>old</r></valuation></group>"
                                                 "<group>" +
                                                     valuation + "</group></project></vnml>",
                                                 environment)
                        .value();
    const auto first = document.hydrate(0).value();
    BOOST_REQUIRE_EQUAL(tasks_of(document, 1).size(), 1u);
    BOOST_TEST(tasks_of(document, 1)[0] == "<valuation><o n=\"&lt;r&gt;old&lt;/r&gt;\"/>");
    const std::vector<std::string> results{"<valuation><r>new</r></valuation>"};
    BOOST_REQUIRE(document.complete(0, first, results));
    BOOST_TEST(tasks_of(document, 1)[0] == "<valuation><o n=\"&lt;r&gt;new&lt;/r&gt;\"/>");
}

BOOST_AUTO_TEST_CASE(the_groups_see_what_the_initial_pass_made)
{
    files.files["more.xml"] = "<vnml><project><m><k>fetched</k></m></project></vnml>";
    const auto tasks = tasks_of("<vnml><project><m href='more.xml'>"
                                "</m><o n='${select(/vnml/project/m/k)}' m='${select(/vnml/project/*/@first)}'/>"
                                "<i first='1'/><group><valuation>"
                                "<o n='${select(/vnml/project/m/k)}' m='${select(/vnml/project/o/@n)}'/>"
                                "</valuation></group></project></vnml>");
    BOOST_REQUIRE_EQUAL(tasks.size(), 1u);
    BOOST_TEST(tasks[0] == "<valuation><o n=\"&lt;k&gt;fetched&lt;/k&gt;\" m=\"&lt;k&gt;fetched&lt;/k&gt;\"/>");
}

BOOST_AUTO_TEST_SUITE_END()
