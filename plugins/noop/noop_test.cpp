#include "support/plugin_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

using vn::test::loaded_plugin;

BOOST_AUTO_TEST_SUITE(noop)

BOOST_AUTO_TEST_CASE(exports_its_entry_only)
{
    BOOST_TEST(vn::test::exported_symbols(VN_PLUGIN_FILE) == std::vector<std::string>{"vn_plugin_entry"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(values_tasks_of_its_name_only)
{
    const loaded_plugin plugin(VN_PLUGIN_FILE);
    BOOST_TEST(plugin.table().name == std::string("noop"));
    BOOST_TEST(plugin.table().flags == VN_CONCURRENT);
    BOOST_REQUIRE(plugin.task());
    BOOST_TEST(plugin.task()->name_count == 1u);
    BOOST_TEST(plugin.task()->names[0] == std::string("noop"));
    BOOST_TEST(plugin.capability(VN_FUNCTION) == nullptr);
    BOOST_TEST(plugin.capability("vn.task/2") == nullptr);
}

BOOST_AUTO_TEST_CASE(gives_back_what_it_gets)
{
    const loaded_plugin plugin(VN_PLUGIN_FILE);
    for (const auto& document :
         {std::string("<valuation/>"), std::string("<vnml>\n<valuation name='1'><b/>é</valuation></vnml>"),
          "<valuation>" + std::string(4u << 20, 'x') + "</valuation>"})
    {
        const auto given = plugin.run("noop", document);
        BOOST_TEST(given.status == VN_OK);
        BOOST_TEST((given.text == document));
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_task_document)
{
    const loaded_plugin plugin(VN_PLUGIN_FILE);
    for (const char* document : {"", "hello", "<vnml/>", "<valuation>"})
        BOOST_TEST(plugin.run("noop", document).status == VN_INVALID, document);
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_too_large_fails)
{
    loaded_plugin plugin(VN_PLUGIN_FILE);
    plugin.limit = 10;
    const auto given = plugin.run("noop", "<valuation/>");
    BOOST_TEST(given.status == VN_FAILED);
    BOOST_TEST(given.reason == "the answer is too large");
}

BOOST_AUTO_TEST_CASE(calls_may_overlap)
{
    const loaded_plugin plugin(VN_PLUGIN_FILE);
    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < wrong.size(); ++t)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 1000; ++i)
            {
                const auto document = "<valuation>" + std::to_string(t) + "/" + std::to_string(i) + "</valuation>";
                wrong[t] += plugin.run("noop", document).text != document;
            }
        });
    for (auto& each : threads)
        each.join();
    BOOST_TEST(wrong == std::vector<int>(4), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
