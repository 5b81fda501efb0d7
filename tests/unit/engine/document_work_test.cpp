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

namespace {

std::string tasks(std::size_t count, const std::string& content)
{
    std::string out = "<group name='G'>";
    for (std::size_t i = 0; i < count; ++i)
        out += "<valuation name='noop'>" + content +
               "<analytics><price><amount>1</amount></price></analytics></valuation>";
    return out + "</group>";
}

std::string request(const std::string& library, const std::string& groups)
{
    return "<vnml><project>" + library + groups + "</project></vnml>";
}

} // namespace

// What selects copy decides, not how many they are.
BOOST_AUTO_TEST_CASE(small_requests_with_many_selects_are_light)
{
    const std::string market = "<market name='M'><currency>EUR</currency></market>";
    const std::string select = "<market select='/vnml/project/market'/>";
    const std::string both = select + "<model select=\"/vnml/project/model\"/>";
    const auto two_groups = tasks(10, select) + tasks(10, select);
    const auto large = "<market>" + std::string(20'000, 'x') + "</market>";
    const struct
    {
        const char* name;
        std::string document;
        bool light;
    } rows[] = {
        {"2x10", request(market, two_groups), true},
        {"two libraries", request(market + "<model><m/></model>", tasks(10, both)), true},
        {"one of much", request(large, tasks(1, select)), true},
        {"much, often", request(large, tasks(2, select)), false},
        {"more than a task has between them", request(market, tasks(20, select + std::string(2'000, ' '))), false},
        {"a group", request(market, tasks(10, "<g select='/vnml/project/group'/>")), false},
        {"selects in what is selected",
         request("<market><c select='/vnml/project/curve'/></market><curve/>", tasks(10, select)), false},
        {"in what begins like it", request("<markets><c select='/a/b'/></markets>" + market, tasks(10, select)), false},
        {"below it again", request(market, tasks(10, "<m select='/vnml/project/market/../group'/>")), false},
        {"written in another way", request(market, tasks(10, "<m select = '/vnml/project/market'/>")), false},
        {"names in references", request(market, tasks(10, "<m select='/vnml/project/&#103;roup'/>")), false},
        {"without an end", request(market, tasks(10, "<m select='/vnml")), false},
    };
    for (const auto& row : rows)
        BOOST_TEST(vn::is_light(row.document) == row.light, row.name);
}

BOOST_AUTO_TEST_SUITE_END()
