#include "engine/document_work.hpp"
#include "engine/failure_record.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace vn;

BOOST_AUTO_TEST_SUITE(failure_records)

BOOST_AUTO_TEST_CASE(comes_back_as_it_was_written)
{
    const task_failure f{.task = 3,
                         .attempt = 2,
                         .code = "script-failed",
                         .message = "line\nbreak \"quoted\" \x01 \xff",
                         .at = "2026-01-01T00:00:00.000Z",
                         .retryable = true};
    const auto back = parse_failure_record(failure_record(f, 1));
    BOOST_TEST_REQUIRE(back.has_value());
    BOOST_TEST(back->task == 3u);
    BOOST_TEST(back->attempt == 2);
    BOOST_TEST(back->code == f.code);
    BOOST_TEST(back->message.starts_with("line\nbreak \"quoted\""));
    BOOST_TEST(back->at == f.at);
    BOOST_TEST(back->retryable);
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused)
{
    for (const char* text : {"", "{", "[]", "7", "null"})
        BOOST_TEST(!parse_failure_record(text).has_value(), text);
    // Fields of other kinds count as missing.
    const auto odd = parse_failure_record(R"({"taskId":"x","attempt":-1,"code":5})");
    BOOST_TEST_REQUIRE(odd.has_value());
    BOOST_TEST(odd->task == 0u);
    BOOST_TEST(odd->attempt == 0);
    BOOST_TEST(odd->code.empty());
}

BOOST_AUTO_TEST_CASE(the_failure_of_a_request_is_json_and_lists_no_more_than_a_thousand_tasks)
{
    request_failure f{.stage = "tasks", .group = 2, .why = {.code = "task-failed", .message = "many"}, .tasks = {}};
    for (std::size_t t = 1; t <= 1500; ++t)
        f.tasks.push_back({.task = t, .attempt = 3, .code = "c", .message = std::string(10'000, 'm'), .at = {}});
    const auto text = failure_document("id", f);
    const auto parsed = boost::json::parse(text);
    BOOST_TEST(parsed.at("requestId").as_string() == "id");
    BOOST_TEST(parsed.at("group").as_int64() == 2);
    BOOST_TEST(parsed.at("failed").as_int64() == 1500);
    BOOST_TEST(parsed.at("failures").as_array().size() == 1000u);
    BOOST_TEST(parsed.at("failures").at(0).at("error").as_string().size() == 4096u);
}

BOOST_AUTO_TEST_CASE(light_documents_fetch_and_search_nothing)
{
    BOOST_TEST(is_light("<vnml><project><market select='/vnml/project/market'/></project></vnml>"));
    for (const char* heavy : {"<a href='x'/>", "<a select='//b'/>", "<a use='vn:link(/a,b)'/>",
                              "<a select='/a/following::b'/>", "<a b='${select(/c)}'/>"})
        BOOST_TEST(!is_light(heavy), heavy);
    // Selects of selects: each level twice the one before.
    std::string grows = "<vnml><project>";
    for (int n = 1; n <= 20; ++n)
        grows += "<l" + std::to_string(n) + "><a select='/vnml/project/l" + std::to_string(n - 1) + "'/></l>";
    BOOST_TEST(!is_light(grows));
    BOOST_TEST(!is_light(std::string(100'000, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
