// Sentences of the specification that the corpus has no case for.
#include "unit/domain/fixture.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using vn::test::hydration_fixture;
const std::string price = "<analytics><price><amount>1</amount></price></analytics>";

} // namespace

BOOST_FIXTURE_TEST_SUITE(hydration, hydration_fixture)

BOOST_AUTO_TEST_CASE(select_takes_leading_text_and_name_of_the_remote)
{
    BOOST_TEST(project("<d>remote<x/></d><l select='/vnml/project/d'>local<y/></l>") ==
               "<d>remote<x/></d><d>remote<y/><x/></d>");
    BOOST_TEST(project("<d> <x/></d><l select='/vnml/project/d'>local</l>") == "<d> <x/></d><d> <x/></d>");
    BOOST_TEST(project("<d><x/></d><l select='/vnml/project/d'>local</l>") == "<d><x/></d><d>local<x/></d>");
    BOOST_TEST(project("<d><x/></d><l select='/vnml/project/d'>  </l>") == "<d><x/></d><d><x/></d>");
}

BOOST_AUTO_TEST_CASE(tails_stay_where_they_were)
{
    BOOST_TEST(project("<d><a/>in</d><t>1<l select='/vnml/project/d/a'/>2<b/>3</t>") ==
               "<d><a/>in</d><t>1<a/>2<b/>3</t>");
    BOOST_TEST(valuation("<d/>", "<valuation>a<x select='/vnml/project/group/n'/>b</valuation><n>c</n>d") ==
               "<valuation>a<n>c</n>b");
}

BOOST_AUTO_TEST_CASE(tails_of_removed_parts_go_with_them)
{
    const auto done =
        process("<vnml><project>a<market/>b<x/>c<group>d<valuation/>e</group>f<model/>g</project>h</vnml>");
    BOOST_TEST(done.tasks.at(0).at(0) == "<vnml><project>a<x/>c<group>d<valuation><vndb externalId=\"1\"/></valuation>e"
                                         "</group>f</project>h</vnml>");
    BOOST_TEST(done.response == "<vnml><project>a<x/>c<group>d<valuation><vndb externalId=\"1\"/></valuation>e"
                                "</group>f</project>h</vnml>");
}

BOOST_AUTO_TEST_CASE(children_meet_by_key_then_by_identity)
{
    // The place of <b/> among the local children differs from the remote one: same identity, unused key.
    BOOST_TEST(project("<d><a v='1'/><b v='2'/></d><l select='/vnml/project/d'><b/></l>") ==
               "<d><a v=\"1\"/><b v=\"2\"/></d><d><b v=\"2\"/><a v=\"1\"/></d>");
    // A name never equals an id, and an empty one counts.
    BOOST_TEST(project("<d><a id='k'/><a name=''/></d><l select='/vnml/project/d'><a name='k'/><a/></l>") ==
               "<d><a id=\"k\"/><a name=\"\"/></d><d><a name=\"k\"/><a/><a id=\"k\"/><a name=\"\"/></d>");
    // Several with one key: the last; it may be used twice.
    BOOST_TEST(project("<d><a name='k' v='1'/><a name='k' v='2'/></d>"
                       "<l select='/vnml/project/d'><a name='k' n='1'/><a name='k' n='2'/></l>") ==
               "<d><a name=\"k\" v=\"1\"/><a name=\"k\" v=\"2\"/></d>"
               "<d><a name=\"k\" v=\"2\" n=\"1\"/><a name=\"k\" v=\"2\" n=\"2\"/></d>");
    // A remote child nobody asked for is dropped when its identity was used.
    BOOST_TEST(project("<d><a v='1'/><a v='2'/></d><l select='/vnml/project/d'><a/></l>") ==
               "<d><a v=\"1\"/><a v=\"2\"/></d><d><a v=\"1\"/></d>");
    // Comments count as places.
    BOOST_TEST(project("<d><a v='1'/><a v='2'/></d><l select='/vnml/project/d'><!--c--><a/></l>") ==
               "<d><a v=\"1\"/><a v=\"2\"/></d><d><!--c--><a v=\"2\"/></d>");
}

BOOST_AUTO_TEST_CASE(placeholders_take_what_one_node_holds)
{
    const std::string d = "<d k='v'>one<![CDATA[ two]]>&#32;three<e q='&quot;'>&lt;&amp;</e> tail</d>";
    const std::string out = "<d k=\"v\">one two three<e q=\"&quot;\">&lt;&amp;</e> tail</d>";
    BOOST_TEST(project(d + "<l a='${select( /vnml/project/d/@k )}'/>") == out + "<l a=\"v\"/>");
    BOOST_TEST(project(d + "<l a='${select(/vnml/project/d/text()[1])}'/>") == out + "<l a=\"one two three\"/>");
    BOOST_TEST(project(d + "<l a='${select(/vnml/project/d/e)}'/>") ==
               out + "<l a=\"&lt;e q=&quot;&amp;quot;&quot;&gt;&amp;lt;&amp;amp;&lt;/e&gt; tail\"/>");
    BOOST_TEST(project(d + "<l a='x${select(/vnml/project/d/@k)}' b='${select(/a)}x' c='${select('/>") ==
               out + "<l a=\"x${select(/vnml/project/d/@k)}\" b=\"${select(/a)}x\" c=\"${select(\"/>");
    BOOST_TEST(project("<l a='${select(/vnml/project/*)}'/><m/>") ==
               "Attribute select XPath '/vnml/project/*' resolved to 2 values; expected exactly one.");
    BOOST_TEST(project("<l a='${select(./x)}'/>") ==
               "XPath './x' requires a context node provided by a custom function.");
    BOOST_TEST(project("<l use='vn:later(a,b)'><m a='${select(./x)}'/></l>") ==
               "<l use=\"vn:later(a,b)\"><m a=\"${select(./x)}\"/></l>");
    BOOST_TEST(process("<vnml><project><l a='${select(count(/vnml))}'/></project></vnml>").rejected.code ==
               "hydration-failed");
    BOOST_TEST(process("<vnml><project><l a='${select(/vnml = 1)}'/></project></vnml>").rejected.code ==
               "hydration-failed");
}

BOOST_AUTO_TEST_CASE(the_root_and_the_project_take_part_in_placeholders)
{
    const auto done = process("<vnml a='${select(/vnml/project/@k)}'><project k='v' "
                              "b='${select(/vnml/project/d)}'><d/></project></vnml>");
    BOOST_TEST(done.response == "<vnml a=\"v\"><project k=\"v\" b=\"&lt;d/&gt;\"><d/></project></vnml>");
}

BOOST_AUTO_TEST_CASE(the_initial_pass_sees_the_document_as_it_was)
{
    // b selects a as it came, not as it has become.
    BOOST_TEST(project("<s>x</s><a select='/vnml/project/s'/><b select='/vnml/project/a'/>") == "<s>x</s><s>x</s><a/>");
    BOOST_TEST(project("<s k='1'/><a v='${select(/vnml/project/s/@k)}'/><b v='${select(/vnml/project/a/@v)}'/>") ==
               "<s k=\"1\"/><a v=\"1\"/><b v=\"${select(/vnml/project/s/@k)}\"/>");
}

BOOST_AUTO_TEST_CASE(groups_are_left_alone_by_the_initial_pass)
{
    const auto done =
        process("<vnml><project><c select='/vnml/project/s'/><group><valuation a='${select(nope)}'/></group>"
                "<s/></project></vnml>");
    BOOST_TEST(done.rejected.message == "Attribute select XPath 'nope' must be absolute or relative.");
    auto document = vn::valuation_document::read(
        "<vnml><!--1--><project><c select='/vnml/project/s'/><group n='1'><valuation a='${select(nope)}'/></group>"
        "<s/></project></vnml>",
        environment);
    BOOST_REQUIRE(document.has_value());
    BOOST_TEST(document->changed_by_initial_pass());
    BOOST_TEST(document->serialise() == "<vnml><!--1--><project><s/><group n=\"1\"><valuation a=\"${select(nope)}\"/>"
                                        "</group><s/></project></vnml>");
}

BOOST_AUTO_TEST_CASE(use_has_its_messages_in_order)
{
    const struct
    {
        const char* use;
        const char* message;
    } rows[] = {
        {"link", "Invalid use attribute 'link'; expected prefix:function format."},
        {"link(a:b,c)", "Invalid use attribute 'link'; expected prefix:function format."},
        {"xx:link(a,b", "Unsupported custom hydration namespace 'xx' in 'xx:link(a,b'."},
        {"vn:link(a,b", "Invalid use attribute 'vn:link(a,b'; expected parentheses."},
        {"vn:link(a,b) ", "Invalid use attribute 'vn:link(a,b) '; expected parentheses."},
        {"vn:other(a)", "Custom function 'other' expects exactly two arguments; received 1."},
        {"vn:other()", "Custom function 'other' expects exactly two arguments; received 0."},
        {"vn:other( a , , b )", "Unsupported custom hydration function 'other'."},
        {"vn:link(/x, y)", "vn:link source XPath '/x' did not resolve to any elements."},
        {"vn:link(., y)", "Custom function 'vn:link(., y)' did not resolve to any target nodes."},
        {"vn:link(/vnml/project,group[starts-with(@a,'b')])",
         "Custom function 'link' expects exactly two arguments; received 3."},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.use)
    BOOST_TEST(valuation("", std::string("<valuation use=\"") + row.use + "\"/>") == row.message);
    BOOST_TEST(process("<vnml><project><group><valuation use='vn:link)'/></group></project></vnml>").rejected.code ==
               "hydration-failed");
}

BOOST_AUTO_TEST_CASE(registered_functions_go_before_the_count)
{
    offer({"both", vn::value_type::path, {{"which", vn::value_type::text}}},
          [](const auto& arguments) { return "/vnml/project/" + arguments.at(0); });
    const auto done = process("<vnml><project><d k='1'/><d k='2'/><group><valuation use='vn:both(&quot;d&quot;)' "
                              "k='${select(./@k)}'/></group></project></vnml>");
    BOOST_TEST(done.tasks.at(0).size() == 2u);
    BOOST_TEST(done.tasks.at(0).at(1).find("<valuation k=\"2\">") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(contexts_can_climb_and_targets_keep_their_order)
{
    const auto done = process("<vnml><project><p><q k='1'/><q k='2'/></p><p><q k='3'/></p><group>"
                              "<valuation use='vn:link(//p, q)' n='${select(./@k)}' "
                              "of='${select(../q[last()]/@k)}'/></group></project></vnml>");
    BOOST_REQUIRE(done.tasks.size() == 1u);
    BOOST_REQUIRE(done.tasks[0].size() == 3u);
    BOOST_TEST(done.tasks[0][0].find("n=\"1\" of=\"2\"") != std::string::npos);
    BOOST_TEST(done.tasks[0][2].find("n=\"3\" of=\"3\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_first_stage_that_fails_has_its_say)
{
    // The select of the second valuation belongs to the group's own hydration, the use of the first comes after.
    BOOST_TEST(valuation("", "<valuation use='vn:none(a,b)'/><valuation><x select=''/></valuation>") ==
               "Encountered select attribute without a value during hydration.");
    BOOST_TEST(valuation("", "<valuation><x select=''/></valuation><valuation a='${select()}'/>") ==
               "Attribute select placeholder must include a non-empty XPath expression.");
    BOOST_TEST(valuation("", "<valuation><x select=''/></valuation><valuation><x href=''/></valuation>") ==
               "Element <x> has an empty href attribute and cannot be hydrated.");
}

BOOST_AUTO_TEST_CASE(errors_in_removed_parts_reject)
{
    files.files["d.xml"] = "<vnml><project><c><x>ok</x></c></project></vnml>";
    BOOST_TEST(project("<c href='d.xml'><x href='gone.xml'/></c>") == "File not found for URI 'gone.xml'.");
    BOOST_TEST(project("<d><x/></d><l select='/vnml/project/d'><x select='/none'/></l>") ==
               "Select expression '/none' resolved to 0 elements; expected exactly one.");
}

BOOST_AUTO_TEST_CASE(hrefs_find_their_partner)
{
    files.files["d.xml"] = "<vnml><project><c name='a' v='1'/><c name='b' v='2'/><x><e id='i' v='3'/><e id='j'/></x>"
                           "<only v='4'/></project></vnml>";
    BOOST_TEST(project("<c name='b' href='d.xml'/>") == "<c name=\"b\" v=\"2\"/>");
    BOOST_TEST(project("<c href='d.xml'/><c/>") == "<c name=\"a\" v=\"1\"/><c/>");
    BOOST_TEST(project("<e id='i' href='d.xml'/>") == "<e id=\"i\" v=\"3\"/>");
    BOOST_TEST(project("<only href='d.xml'/>") == "<only v=\"4\"/>");
    BOOST_TEST(project("<c name='z' href='d.xml'/>") ==
               "Remote document at 'd.xml' does not contain a single match for XPath '/vnml/project/c'.");
    BOOST_TEST(project("<c href='d.xml'/><c href='d.xml'/><c href='d.xml'/>") ==
               "Remote document at 'd.xml' does not contain a single match for XPath '/vnml/project/c[3]'.");
    BOOST_TEST(project("<q href='ftp://x/y'/>") == "No fetcher available to handle URI 'ftp://x/y'.");
    files.files["bad.xml"] = "<a>";
    BOOST_TEST(project("<q href='bad.xml'/>") == "Unable to parse XML from 'bad.xml'.");
    files.files["type.xml"] = "<!DOCTYPE a><a/>";
    BOOST_TEST(process("<vnml><project><q href='type.xml'/></project></vnml>").rejected.code == "document-unparsable");
}

BOOST_AUTO_TEST_CASE(a_document_is_fetched_once)
{
    files.files["d.xml"] = "<vnml><project><c name='a'/></project></vnml>";
    const auto done = process("<vnml><project><c name='a' href='d.xml'/><group><valuation><c name='a' href='d.xml'/>"
                              "</valuation></group><group><valuation><c name='a' href='d.xml'/></valuation></group>"
                              "</project></vnml>");
    BOOST_TEST(done.rejected.code == "");
    BOOST_TEST(files.fetched["d.xml"] == 1);
}

BOOST_AUTO_TEST_CASE(namespaces_stay_in_scope)
{
    const std::string request =
        "<vnml xmlns:f='urn:f'><project xmlns:g='urn:g'><d xmlns:h='urn:h'><e t='h:x'><x xmlns='urn:d'><y/></x></e></d>"
        "<group><valuation><l select='/vnml/project/d/e'/>" +
        price + "</valuation></group></project></vnml>";
    const auto done = process(request);
    BOOST_TEST(done.tasks.at(0).at(0).find("<e xmlns:h=\"urn:h\" t=\"h:x\"><x xmlns=\"urn:d\"><y/></x></e>") !=
               std::string::npos);
    BOOST_TEST(done.response.find("<e xmlns:h=\"urn:h\" t=\"h:x\"><x xmlns=\"urn:d\"><y/></x></e>") !=
               std::string::npos);
    // Names are compared by what their prefixes mean.
    BOOST_TEST(project("<d xmlns:a='urn:1'><a:x v='1'/></d><l xmlns:b='urn:1' select='/vnml/project/d'><b:x/></l>") ==
               "<d xmlns:a=\"urn:1\"><a:x v=\"1\"/></d>"
               "<d xmlns:a=\"urn:1\" xmlns:b=\"urn:1\"><a:x v=\"1\"/></d>");
    // A prefix that means something else on the other side is not mixed up.
    BOOST_TEST(project("<d xmlns:a='urn:1' a:k='1'/><l xmlns:a='urn:2' a:k='2' select='/vnml/project/d'/>") ==
               "<d xmlns:a=\"urn:1\" a:k=\"1\"/><d xmlns:a=\"urn:1\" xmlns:a1=\"urn:2\" a:k=\"1\" a1:k=\"2\"/>");
    BOOST_TEST(project("<d xmlns='urn:1'><e/></d><l select='/vnml/project/*[local-name()=\"d\"]'/>") ==
               "<d xmlns=\"urn:1\"><e/></d><d xmlns=\"urn:1\"><e/></d>");
    BOOST_TEST(
        project("<d xmlns='urn:1'/><l a='${select(/vnml/project/*[name()=\"d\" and namespace-uri()=\"urn:1\"])}'/>") ==
        "<d xmlns=\"urn:1\"/><l a=\"&lt;d xmlns=&quot;urn:1&quot;/&gt;\"/>");
    BOOST_TEST(process("<vnml xmlns:f='urn:f'><project><f:a/><b select='/vnml/project/f:a'/></project></vnml>")
                   .rejected.code == "xpath-invalid");
    BOOST_TEST(process("<vnml xmlns='urn:x'><project/></vnml>").rejected.code == "no-project");
}

BOOST_AUTO_TEST_CASE(white_space_and_references_survive)
{
    const std::string d = "<d a=\"x&#10;y&#9;z&#13;\">&#13;\n&lt;]]&gt;</d>";
    BOOST_TEST(project(d) == "<d a=\"x&#10;y&#9;z&#13;\">&#13;\n&lt;]]&gt;</d>");
    BOOST_TEST(project("<d a='x\n\ty'>1\r\n2\r3</d>") == "<d a=\"x  y\">1\n2\n3</d>");
    BOOST_TEST(project("<?p q  r?><!-- c --><d><![CDATA[<&]]></d>") == "<?p q  r?><!-- c --><d>&lt;&amp;</d>");
}

BOOST_AUTO_TEST_CASE(results_are_sorted_by_their_first_number)
{
    const auto done = process(
        "<vnml><project><group><valuation n='a'><vndb externalId='30'/></valuation><valuation n='b'/>"
        "<valuation n='c'><vndb externalId=' +2 '/></valuation><valuation n='d'><vndb externalId='x'/></valuation>"
        "</group></project></vnml>");
    std::string order;
    for (auto at = done.response.find("n=\""); at != std::string::npos; at = done.response.find("n=\"", at + 1))
        order += done.response[at + 3];
    BOOST_TEST(order == "dbca");
}

BOOST_AUTO_TEST_CASE(stored_groups_and_documents_are_the_same_again)
{
    files.files["d.xml"] = "<vnml xmlns:f='urn:f'><project><c><f:x>&#13;&amp;</f:x></c></project></vnml>";
    const std::string request =
        "<!--p--><vnml><project><c href='d.xml'/><group name='n' xmlns:g='urn:g'>t<valuation name='a'>"
        "<x select='/vnml/project/c'/>" +
        price + "</valuation>u<valuation/><k/></group>v<group/></project></vnml>";
    auto first = vn::valuation_document::read(request, environment);
    BOOST_REQUIRE(first.has_value());
    auto second = vn::valuation_document::restore(first->serialise(), environment);
    BOOST_REQUIRE(second.has_value());
    BOOST_TEST(second->serialise() == first->serialise());
    BOOST_TEST(first->group_count() == 2u);
    BOOST_TEST(first->group_name(0) == "n");
    BOOST_TEST(first->group_name(1) == "group-1");

    const auto group = first->hydrate(0).value();
    const auto stored = group.serialise();
    const auto again = vn::hydrated_group::restore(stored).value();
    BOOST_TEST(again.serialise() == stored);
    BOOST_TEST(second->hydrate(0)->serialise() == stored);
    BOOST_REQUIRE(again.task_count() == 2u);
    BOOST_TEST(again.valuation_name(1) == "a");
    BOOST_TEST(again.valuation_name(2) == "");
    for (std::size_t n = 1; n <= 2; ++n)
    {
        BOOST_TEST(again.task_document(n) == group.task_document(n));
        BOOST_TEST(again.task_document(n).size() == again.task_document_bytes(n));
    }
    const std::vector<std::string> results{again.task_document(1), again.task_document(2)};
    BOOST_REQUIRE(first->complete(0, group, results).has_value());
    BOOST_REQUIRE(second->complete(0, again, results).has_value());
    BOOST_TEST(first->serialise() == second->serialise());
    BOOST_TEST(first->response().value() == second->response().value());

    for (std::size_t size = 0; size < stored.size(); ++size)
        BOOST_TEST(vn::hydrated_group::restore(stored.substr(0, size)).error().code == "hydrated-group-damaged");
}

BOOST_AUTO_TEST_CASE(a_result_that_is_none_names_its_task_and_changes_nothing)
{
    auto document = vn::valuation_document::read(
        "<vnml><project><group><valuation/><valuation/></group><group/></project></vnml>", environment);
    const auto group = document->hydrate(0).value();
    const auto before = document->serialise();
    const auto failed = document->complete(0, group, std::vector<std::string>{"<valuation/>", "<oops/>"});
    BOOST_REQUIRE(!failed.has_value());
    BOOST_TEST(failed.error().task == 2u);
    BOOST_TEST(failed.error().why.code == "output-not-a-result");
    BOOST_TEST(document->serialise() == before);
    BOOST_TEST(
        document->complete(0, group, std::vector<std::string>{"<valuation/>", "<valuation n='2'/>"}).has_value());
}

BOOST_AUTO_TEST_CASE(a_group_goes_on_without_failed_tasks)
{
    auto document = vn::valuation_document::read(
        "<vnml xmlns:vn='urn:elsewhere'><project><group xmlns:o='urn:vnserver:1' o:on-failure='continue'>"
        "<vn:failed-task/><o:failed-task/><valuation name='a&amp;b'/><valuation/><valuation/></group>"
        "<group><valuation><n select='/vnml/project/group[1]/valuation'/></valuation></group></project></vnml>",
        environment);
    BOOST_REQUIRE(document.has_value());
    BOOST_CHECK(document->on_failure(0) == vn::failure_policy::go_on);
    BOOST_CHECK(!document->on_failure(1));
    const auto group = document->hydrate(0).value();
    const std::vector<vn::task_failure> failed{
        {.task = 1, .attempt = 3, .code = "no", .message = "1 < 2 & 3", .at = {}, .retryable = true},
        {.task = 3, .attempt = 1, .code = "never", .message = {}, .at = {}, .retryable = false}};
    // Results of tasks that have failed do not count, whatever they are.
    const std::vector<std::string> results{"", "<valuation n='2'/>", "<oops/>"};
    BOOST_REQUIRE(document->complete(0, group, results, failed).has_value());
    const auto task = document->hydrate(1).value().task_document(1);
    BOOST_TEST(task.find("n=\"2\"") != task.npos);
    BOOST_REQUIRE(document->complete(1, document->hydrate(1).value(), std::vector<std::string>{"<valuation/>"}));
    BOOST_TEST(document->response().value() ==
               "<vnml xmlns:vn=\"urn:elsewhere\"><project>"
               "<group xmlns:o=\"urn:vnserver:1\" o:on-failure=\"continue\"><valuation n=\"2\"/>"
               "<vn:failed-task xmlns:vn=\"urn:vnserver:1\" number=\"1\" name=\"a&amp;b\" attempts=\"3\" code=\"no\">"
               "1 &lt; 2 &amp; 3</vn:failed-task>"
               "<vn:failed-task xmlns:vn=\"urn:vnserver:1\" number=\"3\" attempts=\"1\" code=\"never\"/></group>"
               "<group><valuation/></group></project></vnml>");
}

BOOST_AUTO_TEST_CASE(what_becomes_of_a_group_is_one_of_three_words)
{
    const auto with = [&](const std::string& word) {
        return process("<vnml xmlns:vn='urn:vnserver:1'><project><group vn:on-failure='" + word +
                       "'/></project></vnml>")
            .rejected.code;
    };
    BOOST_TEST(with("finish") == "");
    BOOST_TEST(with("fail-fast") == "");
    BOOST_TEST(with("continue") == "");
    for (const char* word : {"", "Finish", "go-on", " continue"})
        BOOST_TEST(with(word) == "bad-failure-policy", word);
}

BOOST_AUTO_TEST_CASE(what_hydration_produces_is_limited)
{
    std::string laughs;
    for (int i = 0; i < 40; ++i)
    {
        const auto n = std::to_string(i);
        const auto next = "/vnml/project/d/x" + std::to_string(i + 1);
        laughs += "<x" + n + "><a select='" + next + "'/><b select='" + next + "'/></x" + n + ">";
    }
    environment.limits.document.elements = 20'000;
    const auto request = "<vnml><project><d>" + laughs +
                         "<x40/></d><group><valuation><y select='/vnml/project/d/x0'/>"
                         "</valuation></group></project></vnml>";
    BOOST_TEST(process(request).rejected.code == "hydration-limit");
    // In a library the initial pass meets them.
    BOOST_TEST(process("<vnml><project><d>" + laughs + "<x40/></d></project></vnml>").rejected.code ==
               "hydration-limit");

    hydration_fixture few;
    few.environment.limits.tasks = 2;
    BOOST_TEST(few.process("<vnml><project><group><valuation/><valuation/></group></project></vnml>").rejected.code ==
               "");
    BOOST_TEST(few.process("<vnml><project><group><valuation/><valuation/><valuation/></group></project></vnml>")
                   .rejected.code == "hydration-limit");

    hydration_fixture fewer;
    fewer.environment.limits.groups = 2;
    BOOST_TEST(fewer.process("<vnml><project><group/><group/></project></vnml>").rejected.code == "");
    BOOST_TEST(fewer.process("<vnml><project><group/><group/><group/></project></vnml>").rejected.code ==
               "hydration-limit");

    hydration_fixture deep;
    deep.environment.limits.document.depth = 8;
    const std::string d = "<d><a><a><a><a/></a></a></a></d>";
    BOOST_TEST(deep.valuation(d, "<valuation><x select='/vnml/project/d/a'/></valuation>").starts_with("<valuation>"));
    BOOST_TEST(deep.process("<vnml><project>" + d +
                            "<group><valuation><y><x select='/vnml/project/d'/></y></valuation>"
                            "</group></project></vnml>")
                   .rejected.code == "hydration-limit");
}

BOOST_AUTO_TEST_SUITE_END()
