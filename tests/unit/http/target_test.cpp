#include "http/target.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn::http;

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(targets_are_decoded_once)
{
    const struct
    {
        const char* target;
        const char* path; // null: refused
    } cases[] = {
        {"/", "/"},
        {"/a/b", "/a/b"},
        {"/a/", "/a/"},
        {"/a%20b", "/a b"},
        {"/a+b", "/a+b"},
        {"/%C3%a4", "/\xc3\xa4"},
        {"/%2541", "/%41"},
        {"/...", "/..."},
        {"/a?x=1", "/a"},
        {"/a?x=/../b", "/a"},
        {"*", "*"},
        {"http://host", "/"},
        {"http://host/a", "/a"},
        {"HTTPS://host:80/a?b=c", "/a"},
        {"http://host?a=b", "/"},
        {"//", nullptr},
        {"//a", nullptr},
        {"/a//b", nullptr},
        {"/a//", nullptr},
        {"/.", nullptr},
        {"/..", nullptr},
        {"/a/../b", nullptr},
        {"/a/./b", nullptr},
        {"/%2e%2e/a", nullptr},
        {"/.%2E/a", nullptr},
        {"/%2e", nullptr},
        {"/a%2fb", nullptr},
        {"/a%2Fb", nullptr},
        {"/a%5cb", nullptr},
        {"/a\\b", nullptr},
        {"/a%00", nullptr},
        {"/a%0d%0ab", nullptr},
        {"/a%7f", nullptr},
        {"/a%", nullptr},
        {"/a%4", nullptr},
        {"/a%zz", nullptr},
        {"/a%+1", nullptr},
        {"/a#b", nullptr},
        {"a", nullptr},
        {"", nullptr},
        {"*a", nullptr},
        {"host:80", nullptr},
        {"ftp://host/a", nullptr},
        {"http://user@host/a", nullptr},
        {"http:///a", nullptr},
        {"http://host//a", nullptr},
        {"/a?b=%", nullptr},
        {"/a?b=%00", nullptr},
        {"/a?%00=b", nullptr},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.target)
        {
            std::string path;
            parameters query;
            const bool taken = read_target(c.target, path, query);
            BOOST_TEST(taken == (c.path != nullptr));
            if (c.path)
                BOOST_TEST(path == c.path);
        }
}

BOOST_AUTO_TEST_CASE(query_parameters_are_decoded_and_kept_in_order)
{
    std::string path;
    parameters query;
    BOOST_TEST(read_target("/?sync=Y&a%20b=c+d%2B&&flag&sync=N&e=f=g&sync=", path, query));
    BOOST_TEST(query.size() == 6u);
    BOOST_TEST(query.get("sync") == "Y");
    BOOST_TEST(query.count("sync") == 3u);
    BOOST_TEST(query.get("a b") == "c d+");
    BOOST_TEST(query.get("e") == "f=g");
    BOOST_TEST(query.find("flag").has_value());
    BOOST_TEST(query.get("flag") == "");
    BOOST_TEST(!query.find("Sync").has_value());
    BOOST_TEST(query.count("none") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
