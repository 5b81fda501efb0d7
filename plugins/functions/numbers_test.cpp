#include "catalogue_test.hpp"

#include <clocale>

using functions_test::answers;
using functions_test::plugin;
using functions_test::refuses;

namespace {

std::string digits(std::size_t count)
{
    return std::string(count, '9');
}

} // namespace

BOOST_AUTO_TEST_SUITE(numbers)

BOOST_AUTO_TEST_CASE(sums_differences_and_products_are_exact)
{
    answers({
        {"add", {"5", "7"}, "12"},
        {"add", {"1.5", "2"}, "3.5"},
        {"add", {"0.1", "0.2"}, "0.3"},
        {"add", {"-5", "7"}, "2"},
        {"add", {"5", "-7"}, "-2"},
        {"add", {"-5", "-7"}, "-12"},
        {"add", {"007", "1"}, "8"},
        {"add", {"1e3", "1"}, "1001"},
        {"add", {"1E-3", "+.5"}, "0.501"},
        {"add", {" 5 ", "\t7\n"}, "12"},
        {"add", {"1.50", "1.50"}, "3"},
        {"add", {"1.25", "-1.25"}, "0"},
        {"add", {"-0", "0"}, "0"},
        {"add", {"0.001", "-1"}, "-0.999"},
        {"add", {"9007199254740993", "1"}, "9007199254740994"},
        {"add", {digits(59), "1"}, "1" + std::string(59, '0')},
        {"add", {digits(60), "0." + digits(60)}, digits(60) + "." + digits(60)},
        {"subtract", {"10", "8"}, "2"},
        {"subtract", {"2", "-3"}, "5"},
        {"subtract", {"1", "0.9"}, "0.1"},
        {"subtract", {"100", "0.01"}, "99.99"},
        {"multiply", {"1.1", "1.1"}, "1.21"},
        {"multiply", {"-3", "0"}, "0"},
        {"multiply", {"-0.5", "0.2"}, "-0.1"},
        {"multiply", {"12345678901234567890", "98765432109876543210"}, "1219326311370217952237463801111263526900"},
        {"sum", {}, "0"},
        {"sum", {"0.1", "0.2", "0.3", "-0.6"}, "0"},
    });
}

BOOST_AUTO_TEST_CASE(quotients_and_powers_have_34_digits)
{
    answers({
        {"divide", {"1", "3"}, "0.3333333333333333333333333333333333"},
        {"divide", {"2", "3"}, "0.6666666666666666666666666666666667"},
        {"divide", {"-2", "3"}, "-0.6666666666666666666666666666666667"},
        {"divide", {"1", "8"}, "0.125"},
        {"divide", {"10", "2"}, "5"},
        {"divide", {"1", "0.001"}, "1000"},
        {"divide", {"0", "-7"}, "0"},
        {"divide", {"6", "1e-3"}, "6000"},
        {"divide", {"1e59", "3"}, digits(34).replace(0, 34, 34, '3') + std::string(25, '0')},
        {"divide", {"1e-59", "3"}, "0." + std::string(59, '0') + "3"},
        {"divide", {"1e-59", "7e5"}, "0"},
        // Halves, seen at the 35th digit, go to the even one.
        {"divide", {"20000000000000000000000000000000010", "2"}, "10000000000000000000000000000000000"},
        {"divide", {"20000000000000000000000000000000030", "2"}, "10000000000000000000000000000000020"},
        {"divide", {"1" + std::string(40, '0') + "1", "1"}, "1" + std::string(41, '0')},
        {"modulo", {"7", "3"}, "1"},
        {"modulo", {"-7", "3"}, "-1"},
        {"modulo", {"7", "-3"}, "1"},
        {"modulo", {"5.5", "0.2"}, "0.1"},
        {"modulo", {"6", "3"}, "0"},
        {"modulo", {"1e59", "7"}, "5"},
        {"power", {"2", "10"}, "1024"},
        {"power", {"1.05", "2"}, "1.1025"},
        {"power", {"-2", "3"}, "-8"},
        {"power", {"-2", "2"}, "4"},
        {"power", {"2", "-2"}, "0.25"},
        {"power", {"-2", "-3"}, "-0.125"},
        {"power", {"3", "-1"}, "0.3333333333333333333333333333333333"},
        {"power", {"0", "0"}, "1"},
        {"power", {"0", "5"}, "0"},
        {"power", {"1.05", "30"}, "4.321942375150662009157288198886473"},
        {"power", {"0.5", "1000"}, "0"},
        {"power", {"1", "1000"}, "1"},
        {"average", {"1"}, "1"},
        {"average", {"1", "2", "4"}, "2.333333333333333333333333333333333"},
    });
}

BOOST_AUTO_TEST_CASE(rounds_as_it_says)
{
    answers({
        {"round", {"2.675", "2"}, "2.68"},
        {"round", {"1.005", "2"}, "1.01"},
        {"round", {"-1.005", "2"}, "-1.01"},
        {"round", {"2.5"}, "3"},
        {"round", {"-2.5"}, "-3"},
        {"round", {"2.4999"}, "2"},
        {"round", {"0.4"}, "0"},
        {"round", {"-0.4"}, "0"},
        {"round", {"0.5"}, "1"},
        {"round", {"-0.5"}, "-1"},
        {"round", {"0.05"}, "0"},
        {"round", {"9.995", "2"}, "10"},
        {"round", {"1.2", "5"}, "1.2"},
        {"round", {"149", "-2"}, "100"},
        {"round", {"150", "-2"}, "200"},
        {"round", {"50", "-2"}, "100"},
        {"round", {"5", "-60"}, "0"},
        {"round_half_even", {"2.5"}, "2"},
        {"round_half_even", {"3.5"}, "4"},
        {"round_half_even", {"-2.5"}, "-2"},
        {"round_half_even", {"2.5000001"}, "3"},
        {"round_half_even", {"0.5"}, "0"},
        {"round_half_even", {"2.665", "2"}, "2.66"},
        {"truncate", {"2.999", "2"}, "2.99"},
        {"truncate", {"-2.9"}, "-2"},
        {"truncate", {"-0.9"}, "0"},
        {"floor", {"2.9"}, "2"},
        {"floor", {"-2.1"}, "-3"},
        {"floor", {"-2"}, "-2"},
        {"floor", {"-0.1"}, "-1"},
        {"ceil", {"2.1"}, "3"},
        {"ceil", {"-2.9"}, "-2"},
        {"ceil", {"-0.5"}, "0"},
        {"ceil", {"7"}, "7"},
    });
}

BOOST_AUTO_TEST_CASE(compares_and_formats)
{
    answers({
        {"negate", {"5"}, "-5"},
        {"negate", {"0"}, "0"},
        {"abs", {"-1.5"}, "1.5"},
        {"abs", {"1.5"}, "1.5"},
        {"sign", {"-0.001"}, "-1"},
        {"sign", {"0.0"}, "0"},
        {"sign", {"9"}, "1"},
        {"min", {"3", "-1", "2"}, "-1"},
        {"min", {"3"}, "3"},
        {"max", {"3", "-1", "10"}, "10"},
        {"max", {"-3", "-1e1"}, "-3"},
        {"compare", {"1.0", "1"}, "0"},
        {"compare", {"-1", "1"}, "-1"},
        {"compare", {digits(60), "-" + digits(60)}, "1"},
        {"compare", {"10", "9"}, "1"},
        {"compare", {"-10", "-9"}, "-1"},
        {"less_than", {"9", "10"}, "true"},
        {"less_than", {"10", "10"}, "false"},
        {"greater_than", {"10", "9.99"}, "true"},
        {"greater_than", {"9", "10"}, "false"},
        {"is_number", {"-12.5e3"}, "true"},
        {"is_number", {"1,5"}, "false"},
        {"is_number", {""}, "false"},
        {"is_number", {"nan"}, "false"},
        {"is_number", {"1e61"}, "false"},
        {"format_number", {"5", "2"}, "5.00"},
        {"format_number", {"1.005", "2"}, "1.01"},
        {"format_number", {"-0.001", "2"}, "0.00"},
        {"format_number", {"1234567.891", "2", ","}, "1,234,567.89"},
        {"format_number", {"-123456", "0", "'"}, "-123'456"},
        {"format_number", {"-1234", "0", "\u202f"}, "-1\u202f234"},
        {"format_number", {"123", "1", ","}, "123.0"},
        {"format_number", {"0.5", "0"}, "1"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_number)
{
    for (const char* text : {"", " ", "abc", "1,5", "0x10", "1_000", "nan", "NaN", "inf", "-Infinity", "1e", "--1",
                             "1 2", "e5", ".", "True", "١", "1e400", "12abc"})
        BOOST_TEST_CONTEXT(text)
        {
            refuses({{"add", {text, "1"}, "argument 'a' is not a number"},
                     {"add", {"1", text}, "argument 'b' is not a number"}});
        }
    refuses({
        {"add", {"1", std::string("2\0", 2)}, "argument 'b' is not a number"},
        {"sum", {"1", "2", "x"}, "argument 'values' is not a number"},
        {"max", {"1", "x"}, "argument 'more' is not a number"},
        {"add", {digits(61), "1"}, "argument 'a' has more than 60 digits in front of or behind the point"},
        {"add", {"1", "1e-61"}, "argument 'b' has more than 60 digits in front of or behind the point"},
        {"add", {"1", "1e61"}, "argument 'b' has more than 60 digits in front of or behind the point"},
        {"add", {"1", "0e300"}, "argument 'b' has too many digits"},
        {"add", {"1", std::string(201, '0')}, "argument 'b' has too many digits"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_be_answered)
{
    const std::string too_large = "the result has more than 60 digits in front of or behind the point";
    refuses({
        {"divide", {"1", "0"}, "division by zero"},
        {"divide", {"0", "-0.00"}, "division by zero"},
        {"modulo", {"1", "0"}, "division by zero"},
        {"power", {"0", "-1"}, "division by zero"},
        {"add", {digits(60), "1"}, too_large},
        {"multiply", {"1e30", "1e31"}, too_large},
        {"multiply", {"1e-31", "1e-30"}, too_large},
        {"divide", {"1e59", "1e-5"}, too_large},
        {"power", {"10", "60"}, too_large},
        {"power", {"7", "1000"}, too_large},
        {"power", {"0.1", "-60"}, too_large},
        {"power", {"2", "1001"}, "argument 'exponent' has to be -1000 to 1000"},
        {"power", {"2", "-9223372036854775808"}, "argument 'exponent' has to be -1000 to 1000"},
        {"power", {"2", "0.5"}, "argument 'exponent' is not a whole number"},
        {"power", {"2", "9223372036854775808"}, "argument 'exponent' is not a whole number"},
        {"round", {digits(60), "-60"}, too_large},
        {"round", {"1", "61"}, "argument 'digits' has to be -60 to 60"},
        {"round", {"1", "-61"}, "argument 'digits' has to be -60 to 60"},
        {"truncate", {"1", "x"}, "argument 'digits' is not a whole number"},
        {"format_number", {"1", "-1"}, "argument 'digits' has to be 0 to 60"},
        {"format_number", {"1", "2", ".."}, "argument 'separator' has to be one character, and not the point"},
        {"format_number", {"1", "2", "."}, "argument 'separator' has to be one character, and not the point"},
        {"format_number", {"1", "2", ""}, "argument 'separator' has to be one character, and not the point"},
    });
}

// The answers are what school arithmetic with built-in integers gives.
BOOST_AUTO_TEST_CASE(agrees_with_built_in_integers)
{
    std::uint64_t state = 1;
    const auto next = [&](std::int64_t most) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return static_cast<std::int64_t>(state >> 33) % (2 * most + 1) - most;
    };
    for (int i = 0; i < 500; ++i)
    {
        const auto a = next(1'000'000'000), b = next(i % 2 ? 1'000 : 1'000'000'000);
        const auto is = [&](const char* function, std::int64_t answer) {
            answers({{function, {std::to_string(a), std::to_string(b)}, std::to_string(answer)}});
        };
        is("add", a + b);
        is("subtract", a - b);
        is("multiply", a * b);
        is("compare", (a > b) - (a < b));
        if (b != 0)
            is("modulo", a % b);
    }
}

BOOST_AUTO_TEST_CASE(does_not_look_at_the_locale)
{
    for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "C"})
    {
        std::setlocale(LC_ALL, name);
        answers({{"add", {"1.5", "1.25"}, "2.75"}, {"format_number", {"1234.5", "2"}, "1234.50"}});
        refuses({{"add", {"1,5", "1"}, "argument 'a' is not a number"}});
    }
    std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_SUITE_END()
