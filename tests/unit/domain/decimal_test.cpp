#include "domain/decimal.hpp"

#include <boost/test/unit_test.hpp>

#include <clocale>

BOOST_AUTO_TEST_SUITE(decimal)

BOOST_AUTO_TEST_CASE(writes_two_decimals)
{
    const struct
    {
        const char* in;
        const char* out;
    } rows[] = {
        {"7", "7.00"},     {"07.125", "7.13"},  {".5", "0.50"},
        {"0.004", "0.00"}, {"0.005", "0.01"},   {"1.005", "1.01"},
        {"2.675", "2.68"}, {"9.995", "10.00"},  {"999.999", "1000.00"},
        {"0.994", "0.99"}, {"100.1", "100.10"}, {"000", nullptr},
        {"0.00", nullptr}, {"-1", nullptr},     {"+1", nullptr},
        {"1e3", nullptr},  {"0x10", nullptr},   {"nan", nullptr},
        {"inf", nullptr},  {"1,5", nullptr},    {"1.2.3", nullptr},
        {"1 2", nullptr},  {"", nullptr},       {".", nullptr},
        {"5.", nullptr},   {" 5", nullptr},     {"12345678901234567890.125", "12345678901234567890.13"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.in)
        {
            const auto out = vn::with_two_decimals(row.in);
            BOOST_TEST(out.has_value() == (row.out != nullptr));
            if (row.out)
                BOOST_TEST(out.value_or("") == row.out);
        }
    BOOST_TEST(vn::with_two_decimals(std::string(64, '9')).has_value());
    BOOST_TEST(!vn::with_two_decimals(std::string(65, '9')).has_value());
}

BOOST_AUTO_TEST_CASE(does_not_look_at_the_locale)
{
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"})
    {
        std::setlocale(LC_ALL, name); // where it is not installed the case is the plain one
        BOOST_TEST(vn::with_two_decimals("1.5").value_or("") == "1.50");
        BOOST_TEST(!vn::with_two_decimals("1,5").has_value());
    }
    std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_SUITE_END()
