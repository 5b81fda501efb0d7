#include "core/base64url.hpp"

#include <boost/test/unit_test.hpp>

using namespace vn;

BOOST_AUTO_TEST_SUITE(base64url)

BOOST_AUTO_TEST_CASE(one_text_for_each_value)
{
    using namespace std::string_literals;
    const struct
    {
        const char* text;
        std::string bytes;
    } cases[] = {
        {"", ""},
        {"Zg", "f"},
        {"Zm8", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg", "foob"},
        {"Zm9vYmFy", "foobar"},
        {"AA", "\0"s},
        {"_-8", "\xff\xef"s},
        {"-_-_", "\xfb\xff\xbf"s},
        {"AAAA", "\0\0\0"s},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.text)
        {
            const auto decoded = decode_base64url(c.text);
            BOOST_TEST_REQUIRE(decoded.has_value());
            BOOST_TEST((*decoded == c.bytes));
        }
    // The last one: bits that say nothing are not 0.
    for (const char* bad : {"Zg==", "Zm8=", "Z", "Zm9vY", "Zm9v\n", "Zm 9v", "Zm9v+A", "/w", "Zg.", "Zh"})
        BOOST_TEST_CONTEXT(bad)
        {
            BOOST_TEST(!decode_base64url(bad));
        }
}

BOOST_AUTO_TEST_SUITE_END()
