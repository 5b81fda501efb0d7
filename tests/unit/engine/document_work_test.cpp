#include "engine/document_work.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

BOOST_AUTO_TEST_SUITE(documents_in_place)

// Whatever could call a function or a fetcher must not run on the I/O thread.
BOOST_AUTO_TEST_CASE(only_what_surely_calls_nobody_is_light)
{
    const std::string utf16("\xff\xfe<\0a\0/\0>\0", 10);
    const struct
    {
        std::string document;
        bool light;
    } rows[] = {
        {"<vnml><project><group><valuation name='a'/></group></project></vnml>", true},
        {"<a select='/a/b'/>", true},
        {"<a href='x'/>", false},
        {"<a use='vn:now()'/>", false},
        {"<a use\n=\t'vn:now()'/>", false},
        {"<vn:use xmlns:vn='urn:vnserver&#58;1' function='now'/>", false},
        {"<select xmlns = 'urn:vnserver:1' path='/a'/>", false},
        {"<a k='${select(/a)}'/>", false},
        {"<a select='/a//b'/>", false},
        {"<a select='/a/b[1]'/>", false},
        {utf16, false},
        {"<a>" + std::string(vn::light_bytes, ' ') + "</a>", false},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.document.substr(0, 80))
    BOOST_TEST(vn::is_light(row.document) == row.light);
}

BOOST_AUTO_TEST_SUITE_END()
