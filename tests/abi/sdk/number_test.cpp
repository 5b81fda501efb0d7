#include <vn/number.hpp>

#include <boost/test/unit_test.hpp>

#include <cfloat>
#include <clocale>

BOOST_AUTO_TEST_SUITE(sdk_number)

BOOST_AUTO_TEST_CASE(reads_what_is_a_decimal_number)
{
    BOOST_TEST(vn::to_number("5").value() == 5);
    BOOST_TEST(vn::to_number(" -1.50\n").value() == -1.5);
    BOOST_TEST(vn::to_number("+.5").value() == 0.5);
    BOOST_TEST(vn::to_number("5.").value() == 5);
    BOOST_TEST(vn::to_number("1e-3").value() == 0.001);
    for (const char* bad :
         {"", " ", "1,5", "1 000", "0x10", "nan", "inf", "1e999", "1e", "--1", "+-1", ".", "e5", "1.2.3", "5%"})
        BOOST_TEST(!vn::to_number(bad), bad);
}

BOOST_AUTO_TEST_CASE(reads_whole_numbers)
{
    BOOST_TEST(vn::to_integer("+7").value() == 7);
    BOOST_TEST(vn::to_integer("-9223372036854775808").value() == INT64_MIN);
    for (const char* bad : {"", "7.0", "9223372036854775808", "+-1", "+", "0x1", "1e3"})
        BOOST_TEST(!vn::to_integer(bad), bad);
}

BOOST_AUTO_TEST_CASE(writes_the_shortest_that_reads_back)
{
    BOOST_TEST(vn::number_text(12) == "12");
    BOOST_TEST(vn::number_text(0.1) == "0.1");
    BOOST_TEST(vn::number_text(100000) == "100000");
    for (const double value : {1.0 / 3, 1e21, 5e-324, DBL_MAX, -2.5e-9, 123456789.125})
        BOOST_TEST(vn::to_number(vn::number_text(value)).value() == value);
    BOOST_CHECK_THROW(vn::number_text(1.0 / 0.0), vn::error);
}

BOOST_AUTO_TEST_CASE(writes_digits)
{
    BOOST_TEST(vn::number_text(101, 2) == "101.00");
    BOOST_TEST(vn::number_text(-0.001, 2) == "0.00");
    BOOST_TEST(vn::number_text(-1.5, 0) == "-2");
    BOOST_TEST(vn::number_text(1e15, 1) == "1000000000000000.0");
    BOOST_CHECK_THROW(vn::number_text(0.0 / 0.0, 2), vn::error);
}

BOOST_AUTO_TEST_SUITE_END()
