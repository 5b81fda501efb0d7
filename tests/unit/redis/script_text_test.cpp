#include "redis/scripts.hpp"

#include <boost/test/unit_test.hpp>

using vn::redis::script;

BOOST_AUTO_TEST_SUITE(script_text)

constexpr std::string_view common = R"(-- What scripts share.
local FIRST, SECOND = 'one', 'two'
local THIRD = 'three'

-- Says SECOND, and nothing of third().
local function second() return SECOND end

-- Three lines.
local function third(a)
    -- of the third
    return THIRD .. a .. second()
end
local function fourth() return 4 end
)";

BOOST_AUTO_TEST_CASE(a_script_gets_what_it_names_and_what_that_uses)
{
    BOOST_TEST(script("s", "", common, "return fourth()\n").text() ==
               "local function fourth() return 4 end\nreturn fourth()\n");
    BOOST_TEST(script("s", "", common, "return second()\n").text() == "local FIRST, SECOND = 'one', 'two'\n"
                                                                      "local function second() return SECOND end\n"
                                                                      "return second()\n");
    BOOST_TEST(
        script("s", "", common, "return third(1)\n").text() ==
        "local FIRST, SECOND = 'one', 'two'\nlocal THIRD = 'three'\n"
        "local function second() return SECOND end\n"
        "local function third(a)\n    -- of the third\n    return THIRD .. a .. second()\nend\nreturn third(1)\n");
}

BOOST_AUTO_TEST_CASE(names_count_as_whole_words)
{
    BOOST_TEST(script("s", "", common, "return THIRDS, my_second\n").text() == "return THIRDS, my_second\n");
}

BOOST_AUTO_TEST_CASE(the_flags_stay_in_the_first_line)
{
    const script s("s", "#!lua flags=allow-oom", common, "return FIRST\n");
    BOOST_TEST(s.text() == "#!lua flags=allow-oom\nlocal FIRST, SECOND = 'one', 'two'\nreturn FIRST\n");
    BOOST_TEST(s.sha().size() == 40u);
}

BOOST_AUTO_TEST_SUITE_END()
