// Functions in `use`: docs/hydration.md, sections 1 to 3.
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using enum vn::value_type;
using arguments = std::vector<std::string>;

std::string joined(const arguments& all)
{
    std::string out;
    for (const auto& a : all)
        out += "[" + a + "]";
    return out;
}

struct function_fixture : vn::test::hydration_fixture
{
    function_fixture()
    {
        offer({"show", text, {{"what", text, true, true}}}, joined);
        offer({"number", number, {{"value", number}}}, [](const arguments& a) { return " " + a[0] + "\n"; });
        offer({"round", text, {{"value", number}, {"digits", integer, true}}}, joined);
        offer({"when", text, {{"day", date}, {"flag", boolean, true}}}, joined);
        offer({"markup", xml, {{"content", xml}}}, [](const arguments& a) { return a[0]; });
        offer({"raw", xml, {{"text", text}}}, [](const arguments& a) { return a[0]; });
        offer({"where", path, {{"way", path}}}, [](const arguments& a) { return a[0]; });
        offer({"fails", text, {}}, [](const arguments&) { return vn::failure{"plugin-failed", "no luck"}; });
    }

    // The text of <x use="..."/> in a valuation whose context is an instrument, or the message.
    std::string used(const std::string& use)
    {
        std::string quoted;
        for (const char c : use)
            quoted += c == '"' ? "&quot;" : c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
        const auto all =
            valuation("<p><i k='K'><a>1</a><a> 2 </a><b>x<c>y</c>z</b></i></p>",
                      "<valuation use='vn:link(/vnml/project/p, i)'><x use=\"" + quoted + "\"/></valuation>");
        const auto from = all.find("<x");
        return from == all.npos ? all : all.substr(from, all.find("</valuation") - from);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(function_calls, function_fixture)

BOOST_AUTO_TEST_CASE(arguments_are_literals_expressions_and_calls)
{
    const struct
    {
        const char* use;
        const char* out;
    } rows[] = {
        {"vn:show()", "<x/>"},
        {"vn:show( )", "<x/>"},
        {"vn:show('a, b', \"'\")", "<x>[a, b][']</x>"},
        {"vn:show(5, -1.5, true, 2026-01-31)", "<x>[5][-1.5][true][2026-01-31]</x>"},
        {"vn:show(/vnml/project/p/i/@k)", "<x>[K]</x>"},
        {"vn:show(./@k, ./b)", "<x>[K][xyz]</x>"},
        {"vn:show(./a)", "<x>[1][ 2 ]</x>"},
        {"vn:show(./none)", "<x/>"},
        {"vn:show(count(./a), ./a = 1)", "<x>[2][true]</x>"},
        {"vn:show(count(./a), concat('a', ./@k), (./a)[1])", "<x>[2][aK][1]</x>"},
        {"vn:show(vn:show('in', vn:number(7)), 1)", "<x>[[in][7]][1]</x>"},
        {"vn:round(./a[2], 2)", "<x>[2][2]</x>"},
        {"vn:round(sum(./a))", "<x>[3]</x>"},
        {"vn:number(1e3)", "<x>1e3</x>"},
        {"vn:when(2026-01-31)", "<x>[2026-01-31]</x>"},
        {"vn:when('2026-01-31T10:00Z', false)", "<x>[2026-01-31T10:00Z][false]</x>"},
        {"vn:markup(./b)", "<x><b>x<c>y</c>z</b></x>"},
        {"vn:markup(./a)", "<x><a>1</a><a> 2 </a></x>"},
        {"vn:markup(./@k)", "<x>K</x>"},
        {"vn:markup(vn:show('<&>'))", "<x>[&lt;&amp;&gt;]</x>"},
        {"vn:markup('1<e/>2')", "<x>1<e/>2</x>"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.use)
        {
            const auto out = used(row.use);
            if (row.out[0] == '!')
                BOOST_TEST(out.find(row.out + 2) != std::string::npos, out);
            else
                BOOST_TEST(out == row.out);
        }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_named)
{
    const struct
    {
        const char* use;
        const char* message;
    } rows[] = {
        {"vn:round()", "Custom function 'round' expects 1 to 2 arguments; received 0."},
        {"vn:round(1, 2, 3)", "Custom function 'round' expects 1 to 2 arguments; received 3."},
        {"vn:round('abc')", "Custom function 'round': argument 'value' must be a number (got 'abc')."},
        {"vn:round(./b, 1)", "Custom function 'round': argument 'value' must be a number (got 'xyz')."},
        {"vn:round(1, 1.5)", "Custom function 'round': argument 'digits' must be an integer (got '1.5')."},
        {"vn:round(./a)", "Custom function 'round': argument 'value' is XPath './a', which resolved to 2 values; "
                          "expected exactly one."},
        {"vn:round(./none)", "Custom function 'round': argument 'value' is XPath './none', which resolved to 0 values; "
                             "expected exactly one."},
        {"vn:when(tomorrow)",
         "Custom function 'when': argument 1: 'tomorrow' is neither a literal nor an expression; text goes in quotes."},
        {"vn:when('tomorrow')", "Custom function 'when': argument 'day' must be a date (got 'tomorrow')."},
        {"vn:when(2026-01-31, 'yes')", "Custom function 'when': argument 'flag' must be true or false (got 'yes')."},
        {"vn:show(vn:none())", "Custom function 'show': argument 'what' cannot be a call of 'none': there is no such "
                               "function."},
        {"vn:show(vn:link(/a, /b))", "Custom function 'show': argument 'what' cannot be a call of 'link': there is no "
                                     "such function."},
        {"vn:show(vn:where(/vnml))",
         "Custom function 'show': argument 'what' cannot be the result of 'where', which is "
         "a path."},
        {"vn:fails()", "Custom function 'fails' failed: no luck."},
        {"vn:show(vn:fails())", "Custom function 'fails' failed: no luck."},
        {"vn:raw('<a>')", "Custom function 'raw' failed: its result is not well-formed: "},
        {"vn:raw('</r><r>')", "Custom function 'raw' failed: its result is not well-formed: "},
        {"vn:raw('<!DOCTYPE a><a/>')", "Custom function 'raw' failed: its result is not well-formed: "},
        {"vn:raw('<p:a/>')", "Custom function 'raw' failed: its result is not well-formed: "},
        {"vn:where('/vnml/none')", "Custom function 'vn:where('/vnml/none')' did not resolve to any target nodes."},
        {"vn:where('1')", "XPath '1' does not select elements."},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.use)
    BOOST_TEST(used(row.use).starts_with(row.message), used(row.use));

    const auto code = [&](const std::string& use) {
        return process("<vnml><project><group><valuation use=\"" + use + "\"/></group></project></vnml>").rejected.code;
    };
    BOOST_TEST(code("vn:fails()") == "function-failed");
    BOOST_TEST(code("vn:round()") == "hydration-failed");
    BOOST_TEST(code("vn:raw('&lt;a>')") == "function-failed");
    BOOST_TEST(valuation("", "<valuation use='vn:show(./a)'/>") ==
               "XPath './a' requires a context node provided by a custom function.");
}

BOOST_AUTO_TEST_CASE(results_are_held_against_their_type)
{
    offer({"bad", number, {}}, [](const arguments&) { return "many"; });
    offer({"empty", number, {}}, [](const arguments&) { return ""; });
    offer({"control", text, {}}, [](const arguments&) { return "a\x01"; });
    offer({"broken", text, {}}, [](const arguments&) { return "a\xff"; });
    offer({"nul", text, {}}, [](const arguments&) { return std::string("a\0b", 3); });
    BOOST_TEST(used("vn:bad()") == "Custom function 'bad' failed: its result 'many' is not a number.");
    BOOST_TEST(used("vn:empty()") == "Custom function 'empty' failed: its result '' is not a number.");
    for (const char* use : {"vn:control()", "vn:broken()", "vn:nul()"})
        BOOST_TEST(used(use).find(" failed: its result is not well-formed: ") != std::string::npos, used(use));
}

BOOST_AUTO_TEST_CASE(a_value_becomes_the_leading_text)
{
    BOOST_TEST(valuation("", "<valuation><x use='vn:show(1)' k='v'>old<y/>tail</x>after</valuation>") ==
               "<valuation><x k=\"v\">[1]<y/>tail</x>after");
    BOOST_TEST(valuation("", "<valuation><x use='vn:show()'>old<y/></x></valuation>") == "<valuation><x><y/></x>");
    BOOST_TEST(valuation("", "<valuation><x use='vn:show(&quot;&lt;&amp;&quot;)'><y/></x></valuation>") ==
               "<valuation><x>[&lt;&amp;]<y/></x>");
    BOOST_TEST(valuation("", "<valuation><x use='vn:raw(&quot;1&lt;e/>2&quot;)'>old<y/>3</x></valuation>") ==
               "<valuation><x>1<e/>2<y/>3</x>");
    BOOST_TEST(valuation("", "<valuation use='vn:show(1)'><x/></valuation>") == "<valuation>[1]<x/>");
    BOOST_TEST(valuation("", "<valuation><a>1<x use='vn:show(1)'/>2<x use='vn:show(2)'/>3</a></valuation>") ==
               "<valuation><a>1<x>[1]</x>2<x>[2]</x>3</a>");
}

BOOST_AUTO_TEST_CASE(what_a_function_brings_is_hydrated)
{
    BOOST_TEST(
        valuation("<d><e>5</e></d>",
                  "<valuation><x use=\"vn:raw('&lt;y select=&quot;/vnml/project/d/e&quot;/>')\"/></valuation>") ==
        "<valuation><x><e>5</e></x>");
    BOOST_TEST(valuation("<d k='5'/>", "<valuation><x use=\"vn:raw('&lt;y "
                                       "k=&quot;${select(/vnml/project/d/@k)}&quot;/>')\"/></valuation>") ==
               "<valuation><x><y k=\"5\"/></x>");
    files.files["f"] = "<vnml><r>far</r></vnml>";
    BOOST_TEST(valuation("", "<valuation><x use=\"vn:raw('&lt;r href=&quot;f&quot;/>')\"/></valuation>") ==
               "<valuation><x><r>far</r></x>");
    BOOST_TEST(valuation("", "<valuation><x use=\"vn:raw('&lt;y use=&quot;vn:show(1)&quot;/>')\"/></valuation>") ==
               "<valuation><x><y>[1]</y></x>");
}

BOOST_AUTO_TEST_CASE(a_path_makes_an_item_for_each_element)
{
    const std::string p = "<p><i k='1'/><i k='2'/></p>";
    const auto done = process("<vnml><project>" + p +
                              "<group><valuation use='vn:where(/vnml/project/p/i)' "
                              "n='${select(./@k)}'/></group></project></vnml>");
    BOOST_REQUIRE(done.tasks.size() == 1u);
    BOOST_TEST(done.tasks[0].size() == 2u);
    BOOST_TEST(valuation(p,
                         "<valuation>1<l use='vn:where(/vnml/project/p/i)'><m k='${select(/vnml/project/p/i[1]/@k)}'>"
                         "<s select='.'/></m></l>2</valuation>") ==
               "<valuation>1<l><m k=\"1\"><i k=\"1\"/></m></l>2<l><m k=\"1\"><i k=\"2\"/></m></l>2");
}

BOOST_AUTO_TEST_CASE(a_use_is_expanded_inside_of_groups_only)
{
    BOOST_TEST(project("<x use='vn:show(1)'/>") == "<x use=\"vn:show(1)\"/>");
    BOOST_TEST(valuation("<t use='vn:show(1)'/>", "<valuation><x select='/vnml/project/t'/></valuation>") ==
               "<valuation><t>[1]</t>");
    const auto done = process("<vnml><project><group><x use='vn:show(1)'/><valuation/></group></project></vnml>");
    BOOST_TEST(done.tasks.at(0).at(0).find("<group><x>[1]</x><valuation>") != std::string::npos, done.tasks[0][0]);
    // Unknown names and link stay as they are anywhere else than on a valuation.
    BOOST_TEST(valuation("", "<valuation><x use='vn:none(1)'/><x use='vn:link(/a,b)'/><x use='show(1)'/>"
                             "<x use='vn:show(1)x'/></valuation>") ==
               "<valuation><x use=\"vn:none(1)\"/><x use=\"vn:link(/a,b)\"/><x use=\"show(1)\"/>"
               "<x use=\"vn:show(1)x\"/>");
}

BOOST_AUTO_TEST_CASE(a_valuation_is_expanded_once_with_its_context)
{
    const auto done = process("<vnml><project><p><i k='1'/><i k='2'/></p><group>"
                              "<valuation use='vn:where(/vnml/project/p/i)'><x use='vn:show(./@k)'/></valuation>"
                              "</group></project></vnml>");
    BOOST_TEST(done.rejected.message == "");
    BOOST_REQUIRE(done.tasks.size() == 1u);
    BOOST_REQUIRE(done.tasks[0].size() == 2u);
    BOOST_TEST(done.tasks[0][1].find("<valuation><x>[2]</x>") != std::string::npos, done.tasks[0][1]);
}

BOOST_AUTO_TEST_CASE(one_group_sees_one_table)
{
    offer({"change", text, {}}, [this](const arguments&) {
        functions.publish({});
        return "changed";
    });
    const auto done = process("<vnml><project><group><valuation><x use='vn:change()'/><y use='vn:show(1)'/></valuation>"
                              "</group><group><valuation><y use='vn:show(1)'/></valuation></group></project></vnml>");
    BOOST_REQUIRE(done.tasks.size() == 2u);
    BOOST_TEST(done.tasks[0][0].find("<x>changed</x><y>[1]</y>") != std::string::npos);
    BOOST_TEST(done.tasks[1][0].find("<y use=\"vn:show(1)\"/>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(built_in_functions_are_nobody_elses)
{
    outside.now = [n = 0]() mutable { return "2026-01-31T12:00:00." + std::to_string(++n) + "Z"; };
    outside.new_uuid = [n = 0]() mutable { return "uuid-" + std::to_string(++n); };
    outside.variables = {{"REGION", "eu <west>"}, {"EMPTY", ""}, {"UNSET", std::nullopt}};
    offer({"today", text, {}}, [](const arguments&) { return "never"; });

    BOOST_TEST(used("vn:today()") == "<x>2026-01-31</x>");
    BOOST_TEST(used("vn:env('REGION')") == "<x>eu &lt;west&gt;</x>");
    BOOST_TEST(used("vn:env('EMPTY', 'other')") == "<x/>");
    BOOST_TEST(used("vn:env('UNSET', 'other')") == "<x>other</x>");
    BOOST_TEST(used("vn:env('UNSET')") == "Custom function 'env' failed: the variable 'UNSET' is not set.");
    BOOST_TEST(used("vn:env('PATH', 'other')") ==
               "Custom function 'env' failed: the variable 'PATH' is not among those that requests may see.");
    BOOST_TEST(used("vn:now(1)") == "Custom function 'now' expects 0 arguments; received 1.");
    // The time stands still, identifiers do not.
    BOOST_TEST(valuation("", "<valuation><x use='vn:show(vn:now(), vn:now())'/></valuation>") ==
               "<valuation><x>[2026-01-31T12:00:00.2Z][2026-01-31T12:00:00.2Z]</x>");
    BOOST_TEST(valuation("", "<valuation><x use='vn:uuid()'/><x use='vn:uuid()'/></valuation>") ==
               "<valuation><x>uuid-1</x><x>uuid-2</x>");
    outside = {};
    BOOST_TEST(used("vn:now()") == "Custom function 'now' failed: there is no clock here.");
    BOOST_TEST(used("vn:uuid()") == "Custom function 'uuid' failed: there is no source of identifiers here.");
}

BOOST_AUTO_TEST_CASE(calls_results_and_time_are_limited)
{
    const auto limited = [&](auto change, const std::string& content) {
        vn::hydration_limits limits;
        change(limits);
        vn::hydration_environment e{fetchers, functions, xpath, limits, outside};
        auto document =
            vn::valuation_document::read("<vnml><project><group>" + content + "</group></project></vnml>", e);
        BOOST_REQUIRE(document);
        auto group = document->hydrate(0);
        return group ? std::string() : group.error().code;
    };
    auto& slow = offer({"slow", text, {}}, [](const arguments&) { return ""; });
    slow.cost = std::chrono::seconds(2);
    offer({"large", text, {}}, [](const arguments&) { return std::string(1000, 'x'); });
    offer({"many", xml, {}}, [](const arguments&) {
        std::string out;
        for (int i = 0; i < 100; ++i)
            out += "<a/>";
        return out;
    });
    offer({"deep", xml, {}}, [](const arguments&) { return "<a><a><a><a><a/></a></a></a></a>"; });
    offer({"again", xml, {}}, [](const arguments&) { return "<a use='vn:again()'/><a use='vn:again()'/>"; });

    const std::string three = "<valuation><x use='vn:slow()'/><x use='vn:slow()'/><x use='vn:slow()'/></valuation>";
    BOOST_TEST(limited([](auto& l) { l.function_calls = 2; }, three) == "hydration-limit");
    BOOST_TEST(limited([](auto& l) { l.function_calls = 3; }, three) == "");
    BOOST_TEST(limited([](auto& l) { l.function_time = std::chrono::seconds(3); }, three) == "hydration-limit");
    BOOST_TEST(limited([](auto& l) { l.function_time = std::chrono::seconds(5); }, three) == "");
    const std::string large = "<valuation><x use='vn:large()'/></valuation>";
    BOOST_TEST(limited([](auto& l) { l.function_bytes = 999; }, large) == "hydration-limit");
    BOOST_TEST(limited([](auto& l) { l.function_bytes = 1000; }, large) == "");
    BOOST_TEST(limited([](auto& l) { l.document.value_bytes = 999; }, large) == "hydration-limit");
    const std::string many = "<valuation><x use='vn:many()'/></valuation>";
    BOOST_TEST(limited([](auto& l) { l.document.elements = 50; }, many) == "hydration-limit");
    BOOST_TEST(limited([](auto& l) { l.document.elements = 200; }, many) == "");
    const std::string deep = "<valuation><x use='vn:deep()'/></valuation>";
    BOOST_TEST(limited([](auto& l) { l.document.depth = 9; }, deep) == "hydration-limit");
    BOOST_TEST(limited([](auto& l) { l.document.depth = 10; }, deep) == "");

    // Not for ever: by depth, or by what it produces.
    BOOST_TEST(limited([](auto& l) { l.document.elements = 10'000; }, "<valuation><x use='vn:again()'/></valuation>") !=
               "");
}

BOOST_AUTO_TEST_SUITE_END()
