// What is kept as text instead of as a tree: nobody can tell by what comes out.
#include "domain/folded_elements.hpp"

#include "domain/live_expressions.hpp"
#include "domain/xml_writer.hpp"

#include "fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace vn;

namespace {

constexpr auto never = std::numeric_limits<std::size_t>::max();

struct folded_fixture : test::hydration_fixture
{
    using outcome = test::outcome;

    // What is valued, in order of tasks; the document of the task if it returns nothing.
    std::function<std::string(std::size_t)> valued;
    std::vector<task_failure> failed;

    // To the end; restored: as after a takeover before each group.
    outcome run(const std::string& request, bool restored)
    {
        outcome out;
        const auto reject = [&](const failure& why) {
            out.rejected = why;
            return out;
        };
        auto document = valuation_document::read(request, environment);
        if (!document)
            return reject(document.error());
        if (restored)
            document = valuation_document::restore(
                document->changed_by_initial_pass() ? document->serialise() : request, environment);
        if (!document)
            return reject(document.error());
        for (std::size_t g = 0; g < document->group_count(); ++g)
        {
            const auto group = document->hydrate(g);
            if (!group)
                return reject(group.error());
            document->end_hydration(g);
            auto& tasks = out.tasks.emplace_back();
            std::vector<std::string> results;
            for (std::size_t n = 1; n <= group->task_count(); ++n)
            {
                tasks.push_back(group->task_document(n));
                const auto output = valued ? valued(n) : std::string();
                auto result = accept_output(tasks.back(), output.empty() ? tasks.back() : output);
                if (!result)
                    return reject(result.error());
                results.push_back(std::move(*result));
            }
            const bool is_last = g + 1 == document->group_count();
            const auto done = document->complete(
                g, *group, results, is_last ? std::span<const task_failure>(failed) : std::span<const task_failure>(),
                true);
            if (!done)
                return reject(done.error().why);
        }
        if (auto response = document->response())
            out.response = *response;
        else
            out.rejected = response.error();
        return out;
    }

    // The same in every way; it is returned, too.
    outcome same_for(const std::string& request)
    {
        environment.limits.folded_bytes = never;
        const auto as_trees = run(request, false);
        for (const std::size_t least : {std::size_t(0), std::size_t(40)})
            for (const bool restored : {false, true})
            {
                environment.limits.folded_bytes = least;
                const auto folded = run(request, restored);
                BOOST_TEST_CONTEXT("folded from " << least << " bytes, restored " << restored)
                {
                    BOOST_TEST(folded.response == as_trees.response);
                    BOOST_TEST(folded.rejected.code == as_trees.rejected.code);
                    BOOST_TEST(folded.rejected.message == as_trees.rejected.message);
                    BOOST_TEST_REQUIRE(folded.tasks.size() == as_trees.tasks.size());
                    for (std::size_t g = 0; g < folded.tasks.size(); ++g)
                        BOOST_TEST(folded.tasks[g] == as_trees.tasks[g], boost::test_tools::per_element());
                }
            }
        return as_trees;
    }
};

const std::string markets =
    "<market name='M1' id='a'><c>1</c></market>\n<market name='M2'>two<c k='2'><d/></c></market>"
    "<model name='X'><c>3</c></model>";

std::string request_of(const std::string& libraries, const std::string& groups)
{
    return "<vnml><project date='today'>" + libraries + groups + "</project></vnml>";
}
std::string selecting(const std::string& expression)
{
    return "<valuation><m select=\"" + expression + "\"/></valuation>";
}

struct folded_tree
{
    explicit folded_tree(const std::string& text, std::size_t least = 0)
        : tree(read_folded_tree(text, {}, {}, least, folded).value()),
          whole(text_of(*read_tree(text, {}, {}).value().document))
    {}

    std::string text() const { return text_of(*tree.document); }

    folded_elements folded;
    xml_tree tree;
    std::string whole;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(folded_elements_test, folded_fixture)

BOOST_AUTO_TEST_CASE(takes_libraries_out_and_puts_them_back)
{
    const struct
    {
        const char* name;
        const char* content;
    } cases[] = {
        {"elements", "<c/><c a='1' b=\"2\"><d>x</d></c>"},
        {"text", "one"},
        {"white space", " \n <c> </c>\t"},
        {"references", "<c a='&lt;&amp;&quot;&#10;&#9;&#13;&gt;'>&lt;&amp;&gt;&quot;&apos;&#13;&#x20AC;</c>&#65;"},
        {"sections", "a<![CDATA[<b>&amp;]]>c<![CDATA[]]><c><![CDATA[ ]]></c>"},
        {"comments and instructions", "<!--a--><c><?go  on ?><?go?></c><!-- <x/> --><?vn a='1'?>t"},
        {"line ends", "\r\n<c a='x\r\ny\tz'>\r\r\n</c>\n\r"},
        {"other letters", "<\xc3\xa4 \xc3\xb6='\xf0\x9f\x98\x80'>\xe2\x82\xac</\xc3\xa4>"},
        {"xml:lang", "<c xml:lang='de' xml:space='preserve'> </c>"},
        {"use stays what it is", "<c use='vn:link(/a, b)'/>"},
        {"not a placeholder", "<c a='x${select(/a)}'>${select(/a)}</c>"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            folded_tree t("<vnml><project><market name='M'>" + std::string(c.content) +
                          "</market>tail<market>2<b/></market></project></vnml>");
            const auto market = t.tree.root().first_child().first_child();
            BOOST_TEST_REQUIRE((t.folded.text_of(market) != nullptr));
            BOOST_TEST(!market.first_child());
            BOOST_TEST(market.attribute("name").value() == "M");

            auto size = size_of(*t.tree.document);
            t.folded.add_to(size);
            const auto copy = t.folded.copy_of(market);
            BOOST_TEST_REQUIRE(copy != nullptr);
            BOOST_TEST(markup_of(copy->root()) == *t.folded.text_of(market));
            BOOST_TEST(t.whole.find(*t.folded.text_of(market)) != std::string::npos);

            t.folded.unfold_all();
            BOOST_TEST(t.folded.is_empty());
            BOOST_TEST(t.text() == t.whole);
            const auto again = size_of(*t.tree.document);
            BOOST_TEST(size.elements == again.elements);
            BOOST_TEST(size.bytes == again.bytes);
            BOOST_TEST(size.height == again.height);
            BOOST_TEST(size.nodes == again.nodes);
            BOOST_TEST(size.text == again.text);
            BOOST_TEST(size.levels == again.levels);
            BOOST_TEST(size.widest == again.widest);
        }
}

BOOST_AUTO_TEST_CASE(folds_nothing_that_matters)
{
    for (const char* text : {
             "<vnml xmlns:v='u'><project><market><c/></market></project></vnml>",
             "<vnml><project><market><c xmlns='u'/></market></project></vnml>",
             "<vnml><project><market><c/></market></project><x xmlns='u'/></vnml>",
             "<vnml><project><market><c>&#120;mlns</c></market></project></vnml>",
             "<vnml><project><market><c href='file:a'/></market></project></vnml>",
             "<vnml><project><market href='file:a'><c/></market></project></vnml>",
             "<vnml><project><market><c select='/a'/></market></project></vnml>",
             "<vnml><project><market><c a='${select(/a)}'/></market></project></vnml>",
             "<vnml><project><market a='1'/></project></vnml>",
             "<vnml><project><curves><c/></curves></project></vnml>",
             "<vnml><project/><project><market><c/></market></project></vnml>",
             "<vnml><other><market><c/></market></other></vnml>",
             "<vnml><project><group><market><c/></market></group></project></vnml>",
             "<vnml><market><c/></market></vnml>",
         })
        BOOST_TEST_CONTEXT(text)
        {
            const folded_tree t(text);
            BOOST_TEST(t.folded.is_empty());
            BOOST_TEST(t.text() == t.whole);
        }
    // Found neither before it is read nor before something is folded.
    std::string wide;
    for (const char c : std::string("<vnml><project><market><c/></market><x xmlns='u'/></project></vnml>"))
        (wide += c) += '\0';
    folded_elements folded;
    const auto tree = read_folded_tree("\xff\xfe" + wide, {}, {}, 0, folded).value();
    BOOST_TEST(folded.is_empty());
    BOOST_TEST(tree.root().first_child().first_child().first_child());
}

BOOST_AUTO_TEST_CASE(folds_what_is_large)
{
    const auto text = request_of("<market><c>" + std::string(100, 'x') + "</c></market><model><c>x</c></model>", "");
    const folded_tree t(text, 100);
    const auto project = t.tree.root().first_child();
    BOOST_TEST(!project.child("market").first_child());
    BOOST_TEST(project.child("model").first_child());
    BOOST_TEST(folded_tree(text, never).folded.is_empty());
}

BOOST_AUTO_TEST_CASE(one_copy_serves_all_but_the_first)
{
    folded_tree t(request_of(markets, ""));
    const auto market = t.tree.root().first_child().first_child();
    const auto first = t.folded.copy_of(market);
    const auto second = t.folded.copy_of(market);
    BOOST_TEST((first != second));
    BOOST_TEST((t.folded.copy_of(market) == second));
    BOOST_TEST(second.use_count() == 2);
    t.folded.end_copying();
    BOOST_TEST(second.use_count() == 1);
    BOOST_TEST((t.folded.copy_of(t.tree.root()) == nullptr));
}

BOOST_AUTO_TEST_CASE(knows_which_expressions_leave_libraries_closed)
{
    for (const char* closed : {"/vnml/project/market", "/vnml/project/market[3]", " /vnml / project[1]/market [ 3 ]",
                               "/vnml/project/market[@name='M1']", "/vnml/project/market[@name=\"a]\"][2]",
                               "/vnml/project/group/valuation[2]/a", "/vnml/project/market/@name",
                               "/vnml/project/@date", "/vnml/project/marketplace/a", "/vnml/other/portfolio"})
        BOOST_TEST(leaves_libraries_closed(tokens_of(closed)), closed);
    for (const char* open : {"/",
                             "",
                             "/vnml",
                             "/vnml/project",
                             "//market",
                             "/vnml//market",
                             "/vnml/project/market/c",
                             "/vnml/project/market[1]/c",
                             "/vnml/project/*",
                             "/*/project/market/c",
                             "/vnml/project/market/..",
                             "/vnml/project/market/.",
                             "./market",
                             "market",
                             "/vnml/project/market[last()]",
                             "/vnml/project/market[c]",
                             "/vnml/project/market[@name]",
                             "/vnml/project/market[@name!='M1']",
                             "/vnml/project/market[@name=c]",
                             "/vnml/project/market[1][c=1]",
                             "/vnml/project[market/c]/group/a",
                             "/vnml/project/child::market",
                             "/vnml/project/market | /vnml/project/model",
                             "/vnml/project/market = 1",
                             "/vnml/project/market/@*",
                             "/vnml/project/market/@name/..",
                             "/vnml/project/market[-1]",
                             "/vnml/project/group/following::c",
                             "/vnml/project/node()",
                             "/vnml/project/market/text()",
                             "count(/vnml/project/market)",
                             "string(/vnml/project/market)",
                             "(/vnml/project/market)",
                             "/vnml/project/market#"})
        BOOST_TEST(!leaves_libraries_closed(tokens_of(open)), open);
}

BOOST_AUTO_TEST_CASE(unfolds_what_is_looked_into)
{
    const struct
    {
        const char* expression;
        std::size_t folded_after; // of three
    } cases[] = {
        {"/vnml/project/market[2]", 2}, {"/vnml/project/market", 1}, {"/vnml/project/market[1]/@name", 3},
        {"/vnml/project/nothing", 3},   {"/vnml/project", 0},        {"//c", 0},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.expression)
        {
            folded_tree t(request_of(markets, ""));
            const auto count = [&] {
                std::size_t n = 0;
                for (auto node = t.tree.root().first_child().first_child(); node; node = node.next_sibling())
                    n += t.folded.text_of(node) ? 1 : 0;
                return n;
            };
            live_expressions live(*t.tree.document, xpath, environment.limits, &t.folded);
            const auto root = t.tree.root();
            BOOST_TEST(count() == 3u);
            BOOST_TEST_REQUIRE(live.select(c.expression, {&root, 1}).has_value());
            BOOST_TEST(count() == c.folded_after);

            folded_tree other(request_of(markets, ""));
            live_expressions copying(*other.tree.document, xpath, environment.limits, &other.folded);
            const auto top = other.tree.root();
            BOOST_TEST_REQUIRE(copying.select_folded(c.expression, {&top, 1}).has_value());
            BOOST_TEST(other.folded.is_empty() == (c.folded_after == 0));
        }
}

BOOST_AUTO_TEST_CASE(makes_no_difference_to_tasks_and_response)
{
    const struct
    {
        const char* name;
        std::string groups;
    } cases[] = {
        {"one for each", selecting("/vnml/project/market[1]") + selecting("/vnml/project/market[@name='M2']")},
        {"the same for all",
         selecting("/vnml/project/model") + selecting("/vnml/project/model") + selecting("/vnml/project/model")},
        {"merged with what is there", "<valuation><m select='/vnml/project/market[2]' id='i'>mine<c k='3'/><e/></m>tail"
                                      "</valuation>"},
        {"part of one", selecting("/vnml/project/market[2]/c") + selecting("/vnml/project/market[1]")},
        {"anywhere", selecting("/vnml/project/market[1]") + selecting("//c[@k]") + selecting("//market[d or c/d]")},
        {"up",
         selecting("/vnml/project/market[1]/c/..") + selecting("/vnml/project/model/preceding-sibling::market[1]")},
        {"a whole project", selecting("/vnml/project")},
        {"functions", selecting("/vnml/project/market[last()]") + selecting("/vnml/project/market[count(c/d)=1]")},
        {"too many", selecting("/vnml/project/market")},
        {"none", selecting("/vnml/project/market[3]")},
        {"no nodes", selecting("count(/vnml/project/market/c)")},
        {"no element", selecting("/vnml/project/market[1]/@name")},
        {"unreadable", selecting("/vnml/project/market[")},
        {"placeholders",
         "<valuation a='${select(/vnml/project/market[1])}' b='${select(/vnml/project/market[2]/@name)}' "
         "c='${select(/vnml/project/market[1]/c/text())}'/>"},
        {"link",
         "<valuation use='vn:link(/vnml/project/market, c)'><m select='.'/><n select='../../model'/></valuation>"},
        {"link to nothing", "<valuation use='vn:link(/vnml/project/market, x)'/>"},
        {"on the group", "<m select='/vnml/project/market[1]'/><valuation/>"},
        {"then used", "<valuation><m select='/vnml/project/market[1]' use='vn:link(/vnml/project/market[2], c)'/>"
                      "<n select='/vnml/project/market[2]'/></valuation>"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            same_for(request_of(markets, "<group>" + c.groups + "</group>"));
            same_for(request_of(markets, "<group>" + c.groups + "</group><group>" +
                                             selecting("/vnml/project/market[1]") +
                                             selecting("/vnml/project/group[1]/valuation[1]") + "</group>"));
        }
}

BOOST_AUTO_TEST_CASE(makes_no_difference_to_other_documents)
{
    files.files["file:a"] = "<vnml><project><market><c/></market></project></vnml>";
    const auto one = "<group>" + selecting("/vnml/project/market[1]") + "</group>";
    const struct
    {
        const char* name;
        std::string request;
    } cases[] = {
        {"a second project", "<vnml><project>" + markets + one + "</project><project>" + markets + "</project></vnml>"},
        {"without groups", request_of(markets, "")},
        {"texts beside", request_of("a" + markets + "b<!--c-->", one + "d")},
        {"initial select", request_of(markets + "<x select='/vnml/project/market[2]'/>", one)},
        {"initial placeholder", request_of(markets + "<x a='${select(/vnml/project/market[1])}'/>", one)},
        {"initial href", request_of(markets + "<market href='file:a'/>", one)},
        {"href in a group", request_of(markets, "<group><valuation><market href='file:a'/></valuation></group>" + one)},
        {"namespaces", request_of(markets + "<x xmlns='u'/>", one)},
        {"not well-formed", request_of(markets, "<group>")},
        {"no project", "<vnml><x>" + markets + "</x></vnml>"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
    same_for(c.request);
}

BOOST_AUTO_TEST_CASE(limits_count_what_is_folded)
{
    const std::string one = "<group>" + selecting("/vnml/project/market[1]") + "</group>";
    const auto request = request_of(markets, one + one);
    std::vector<std::string> codes;
    for (const bool by_elements : {true, false})
        for (std::size_t limit = 5; limit < 200; ++limit)
        {
            environment.limits.document = {};
            (by_elements ? environment.limits.document.elements : environment.limits.document.depth) = limit;
            valued = [](std::size_t) { return "<valuation><big><a/><b><c/></b></big></valuation>"; };
            codes.push_back(same_for(request).rejected.code);
        }
    // Of a limit on bytes only what is produced counts: the request itself is below it.
    for (std::size_t limit = request.size(); limit < 2 * request.size(); limit += 3)
    {
        environment.limits.document = {};
        environment.limits.document.document_bytes = limit;
        valued = [](std::size_t) { return "<valuation>" + std::string(150, 'x') + "<b/></valuation>"; };
        codes.push_back(same_for(request).rejected.code);
    }
    for (const char* code : {"", "document-limit", "hydration-limit"})
        BOOST_TEST(std::ranges::count(codes, code) > 0, code);
}

BOOST_AUTO_TEST_CASE(expressions_cost_what_they_cost_on_the_whole_document)
{
    const auto request = request_of(markets, "<group>" + selecting("/vnml/project/market[1]") +
                                                 selecting("//market[c][1]") + "</group>");
    std::size_t refused = 0;
    int apart = 0;
    for (double steps = 1; steps < 5'000; steps *= 1.2)
    {
        environment.limits.steps_in_all = steps;
        environment.limits.steps_in_place = 5'000;
        refused += same_for(request).rejected.code == "xpath-too-expensive" ? 1 : 0;
    }
    BOOST_TEST(refused > 5u);
    environment.limits.steps_in_all = 1e9;
    environment.limits.steps_in_place = 0;
    environment.limits.folded_bytes = never;
    run(request, false);
    apart = std::exchange(xpath.calls, 0);
    environment.limits.folded_bytes = 0;
    run(request, false);
    BOOST_TEST(xpath.calls == apart);
}

BOOST_AUTO_TEST_CASE(results_are_in_order_and_with_their_tails)
{
    const auto groups = "<group>a<valuation/><valuation/><valuation/><valuation/></group>";
    const auto with = [](const std::string& number, const std::string& tail) {
        return "<vnml><project><group><valuation><x>&#13;&lt;<![CDATA[>]]></x><!--c--><vndb externalId='" + number +
               "'/><vndb externalId='0'/></valuation>" + tail + "</group></project></vnml>";
    };
    const std::string numbers[] = {"3", " +2", "x", "-1"};
    valued = [&](std::size_t n) { return with(numbers[n - 1], n % 2 ? "tail &lt; " + std::to_string(n) : " "); };
    const auto done = same_for(request_of(markets, groups));
    BOOST_TEST(done.response.find("'") == std::string::npos);
    std::vector<std::size_t> places;
    for (const char* number : {"\"-1\"", "\"x\"", "\" +2\"", "\"3\""})
        places.push_back(done.response.find("externalId=" + std::string(number)));
    BOOST_TEST(std::ranges::is_sorted(places));
    BOOST_TEST(places.back() != std::string::npos);
    BOOST_TEST(done.response.find("</valuation>tail &lt; 3") != std::string::npos);

    failed = {{.task = 2, .attempt = 3, .code = "no", .message = "why", .at = {}}};
    const auto partly = same_for(request_of(markets, groups));
    BOOST_TEST(partly.response.find("failed-task") != std::string::npos);
    failed.clear();

    // Namespaces in one of them.
    valued = [&](std::size_t n) {
        return n == 2 ? "<valuation xmlns:a='u'><a:x/></valuation>" : with(std::to_string(5 - n), " ");
    };
    same_for(request_of(markets, groups));
    valued = [&](std::size_t n) { return n == 2 ? "<valuation>&#120;mlns</valuation>" : ""; };
    same_for(request_of(markets, groups));
    same_for(request_of(markets, groups + std::string(groups)));
}

BOOST_AUTO_TEST_CASE(a_result_that_is_refused_can_be_replaced)
{
    environment.limits.folded_bytes = 0;
    auto document =
        valuation_document::read(request_of(markets, "<group><valuation/><valuation/></group>"), environment).value();
    const auto group = document.hydrate(0).value();
    std::vector<std::string> results{"<valuation><a>1</a></valuation>", "<broken>"};
    const auto refused = document.complete(0, group, results);
    BOOST_TEST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().task == 2u);
    results[1] = "<valuation><a>2</a></valuation>";
    BOOST_TEST(document.complete(0, group, results).has_value());
    BOOST_TEST(document.response().value() ==
               "<vnml><project date=\"today\"><group><valuation><a>1</a></valuation><valuation><a>2</a></valuation>"
               "</group></project></vnml>");
}

BOOST_AUTO_TEST_SUITE_END()
