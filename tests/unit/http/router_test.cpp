#include "http/router.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::http;

namespace {

vn::awaitable<reply> nothing(request&)
{
    co_return empty_reply();
}

std::string header(const reply& r, const std::string& name)
{
    for (const auto& [known, value] : r.headers)
        if (known == name)
            return value;
    return "";
}

struct routes_fixture
{
    router routes;

    routes_fixture()
    {
        routes.add("GET", "/", nothing);
        routes.add("GET", "/valuation/{id}", nothing);
        routes.add("DELETE", "/valuation/{id}", nothing);
        routes.add("GET", "/valuation/{id}/status", nothing);
        routes.add("GET", "/valuation/all", nothing);
        routes.add("POST", "/valuation", {10, {"text/xml"}}, nothing);
    }

    std::string found(std::string_view method, std::string_view path)
    {
        const auto m = routes.find(method, path);
        return m.found ? m.found->method + " " + m.found->path
                       : std::to_string(m.refused.status) + " " + header(m.refused, "Allow");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(routing, routes_fixture)

BOOST_AUTO_TEST_CASE(method_and_path_choose_the_route)
{
    const struct
    {
        const char *method, *path, *expected;
    } cases[] = {
        {"GET", "/", "GET /"},
        {"GET", "/valuation/7", "GET /valuation/{id}"},
        {"DELETE", "/valuation/7", "DELETE /valuation/{id}"},
        {"GET", "/valuation/7/status", "GET /valuation/{id}/status"},
        {"GET", "/valuation/all", "GET /valuation/all"},
        {"GET", "/valuation/all/status", "GET /valuation/{id}/status"},
        {"DELETE", "/valuation/all", "DELETE /valuation/{id}"},
        {"HEAD", "/valuation/7", "GET /valuation/{id}"},
        {"POST", "/valuation", "POST /valuation"},
        {"GET", "/valuation/", "404 "},
        {"GET", "/valuation/7/", "404 "},
        {"GET", "/valuation//status", "404 "},
        {"GET", "/Valuation/7", "404 "},
        {"GET", "/nothing", "404 "},
        {"OPTIONS", "/nothing", "404 "},
        {"GET", "/valuation", "405 POST, OPTIONS"},
        {"HEAD", "/valuation", "405 POST, OPTIONS"},
        {"POST", "/valuation/7", "405 GET, HEAD, DELETE, OPTIONS"},
        {"TRACE", "/", "405 GET, HEAD, OPTIONS"},
        {"OPTIONS", "/valuation", "204 POST, OPTIONS"},
        {"OPTIONS", "*", "204 GET, HEAD, POST, DELETE, OPTIONS"},
        {"GET", "*", "400 "},
        {"get", "/", "501 "},
        {"BREW", "/", "501 "},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.method << ' ' << c.path)
    BOOST_TEST(found(c.method, c.path) == c.expected);
}

BOOST_AUTO_TEST_CASE(parameters_are_captured)
{
    routes.add("GET", "/a/{b}/{c}", nothing);
    const auto m = routes.find("GET", "/a/1/2 3");
    BOOST_TEST(m.path_parameters.size() == 2u);
    BOOST_TEST(m.path_parameters.get("b") == "1");
    BOOST_TEST(m.path_parameters.get("c") == "2 3");
}

BOOST_AUTO_TEST_CASE(errors_are_json_with_a_code)
{
    BOOST_TEST(routes.find("GET", "/x").refused.body ==
               R"({"message":"There is no such resource.","code":"not-found"})");
    BOOST_TEST(routes.find("PUT", "/").refused.body.find("\"method-not-allowed\"") != std::string::npos);
    BOOST_TEST(routes.find("PUT", "/").refused.content_type == "application/json");
}

BOOST_AUTO_TEST_CASE(body_types_are_judged_by_the_rule)
{
    const body_rule xml{10, {"application/xml", "text/xml", "+xml"}};
    const body_rule any{10, {}};
    const body_rule none{};
    const struct
    {
        const char* name;
        const body_rule* rule;
        bool has_body;
        const char *type, *coding;
        bool taken;
    } cases[] = {
        {"named", &xml, true, "text/xml", "", true},
        {"suffix", &xml, true, "application/vnd.x+xml", "", true},
        {"suffix alone", &xml, true, "+xml", "", false},
        {"suffix without slash", &xml, true, "a+xml", "", false},
        {"other", &xml, true, "application/json", "", false},
        {"prefix", &xml, true, "text/xmlx", "", false},
        {"missing with body", &xml, true, "", "", false},
        {"missing without body", &xml, false, "", "", true},
        {"other without body", &xml, false, "text/plain", "", false},
        {"identity", &xml, true, "text/xml", "Identity", true},
        {"gzip", &xml, true, "text/xml", "gzip", false},
        {"double", &xml, true, "text/xml", "identity, gzip", false},
        {"any", &any, true, "image/png", "", true},
        {"any, missing", &any, true, "", "", true},
        {"any, gzip", &any, true, "", "gzip", false},
        {"none", &none, false, "text/plain", "", true},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto refused = judge_body_type(*c.rule, c.has_body, c.type, c.coding);
            BOOST_TEST(!refused == c.taken);
            if (refused)
                BOOST_TEST(refused->status == 415u);
        }
    BOOST_TEST(header(*judge_body_type(xml, true, "", ""), "Accept-Post") == "application/xml, text/xml");
    BOOST_TEST(header(*judge_body_type(xml, true, "", "gzip"), "Accept-Encoding") == "identity");
}

BOOST_AUTO_TEST_SUITE_END()
