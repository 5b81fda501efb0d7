#include "http/answer.hpp"
#include "http/fields.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::http;

namespace {

bool has(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(replies)

BOOST_AUTO_TEST_CASE(an_error_carries_its_extra_members)
{
    const std::string id = "a\"b";
    const auto out =
        error_reply(404, "result-not-ready", "Result not yet available",
                    {{"status", "running"}, {"id", id}, {"n", 7u}, {"done", false}, {"list", json_text{"[1]"}}});
    BOOST_TEST(out.status == 404u);
    BOOST_TEST(out.body == R"({"message":"Result not yet available","code":"result-not-ready","status":"running",)"
                           R"("id":"a\"b","n":7,"done":false,"list":[1]})");
}

BOOST_AUTO_TEST_CASE(a_head_says_what_every_answer_says)
{
    auto out = xml_reply(200, "<a/>");
    out.set("Location", "/x");
    const auto head = answer_head(out, {"id-1", false, false});
    BOOST_TEST(head.starts_with("HTTP/1.1 200 OK\r\n"));
    BOOST_TEST(head.ends_with("\r\n\r\n"));
    for (const char* line :
         {"Server: vnserver\r\n", "X-Request-Id: id-1\r\n", "Cache-Control: no-store\r\n",
          "Content-Type: application/xml; charset=utf-8\r\n", "Content-Length: 4\r\n", "Location: /x\r\n"})
        BOOST_TEST(has(head, line), line);
    BOOST_TEST(!has(head, "Connection:"));
    // Date: Sun, 06 Nov 1994 08:49:37 GMT
    const auto date = head.substr(head.find("Date: ") + 6, 29);
    BOOST_TEST(date[3] == ',');
    BOOST_TEST(date.ends_with(" GMT"));
}

BOOST_AUTO_TEST_CASE(the_connection_is_said_where_it_must_be)
{
    const auto out = json_reply(200, "1");
    BOOST_TEST(has(answer_head(out, {"i", false, true}), "Connection: close\r\n"));
    BOOST_TEST(has(answer_head(out, {"i", true, true}), "Connection: close\r\n"));
    BOOST_TEST(has(answer_head(out, {"i", true, false}), "Connection: keep-alive\r\n"));
}

BOOST_AUTO_TEST_CASE(a_value_cannot_begin_another_field)
{
    auto out = json_reply(200, "1");
    out.set("Location", "/a\r\nSet-Cookie: b\n c\x7f");
    out.content_type = "text/plain\r\nX: y";
    const auto head = answer_head(out, {"i", false, false});
    BOOST_TEST(has(head, "Location: /a  Set-Cookie: b  c \r\n"));
    BOOST_TEST(!has(head, "\nSet-Cookie"));
    BOOST_TEST(!has(head, "\nX: y"));
}

BOOST_AUTO_TEST_CASE(framing_is_not_the_handlers)
{
    auto out = json_reply(200, "1");
    for (const char* name : {"Content-Length", "transfer-encoding", "CONNECTION", "X-Request-Id"})
        out.set(name, "77");
    out.set("cache-control", "max-age=5");
    const auto head = answer_head(out, {"i", false, false});
    BOOST_TEST(!has(head, "77"));
    BOOST_TEST(!has(head, "no-store"));
    BOOST_TEST(has(head, "cache-control: max-age=5\r\n"));
}

BOOST_AUTO_TEST_CASE(some_answers_have_no_body)
{
    auto out = empty_reply();
    out.body = "x";
    BOOST_TEST(!has(answer_head(out, {"i", false, false}), "Content-"));
    BOOST_TEST(!may_have_body(204));
    BOOST_TEST(!may_have_body(304));
    BOOST_TEST(may_have_body(200));
    BOOST_TEST(may_have_body(500));
}

BOOST_AUTO_TEST_CASE(fields_are_found_in_any_case)
{
    fields f;
    f.add("X-User-Id", "7");
    f.add("Accept", "a");
    f.add("x-user-id", "8");
    f.add("X-", "empty");
    BOOST_TEST(f.get("x-USER-id") == "7");
    BOOST_TEST(f.count("X-User-Id") == 2u);
    BOOST_TEST(!f.find("x-user").has_value());
    BOOST_TEST(f.get("none") == "");
    const auto all = f.starting_with("x-");
    BOOST_TEST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].first == "x-user-id");
    BOOST_TEST(all[0].second == "7, 8");
    BOOST_TEST(all[1].first == "x-");
}

BOOST_AUTO_TEST_SUITE_END()
