#include "catalogue_test.hpp"

using functions_test::answers;
using functions_test::refuses;

BOOST_AUTO_TEST_SUITE(choices)

BOOST_AUTO_TEST_CASE(chooses)
{
    answers({
        {"coalesce", {}, ""},
        {"coalesce", {"", "", "a", "b"}, "a"},
        {"coalesce", {"", ""}, ""},
        {"if", {"true", "a", "b"}, "a"},
        {"if", {"false", "a", "b"}, "b"},
        {"if", {" false ", "a"}, ""},
        {"if_equal", {"x", "x", "same", "other"}, "same"},
        {"if_equal", {"x", "X", "same", "other"}, "other"},
        {"if_equal", {"x", "y", "same"}, ""},
        {"if_empty", {"", "a"}, "a"},
        {"if_empty", {" ", "a"}, " "},
        {"equals", {"1", "1"}, "true"},
        {"equals", {"1", "1.0"}, "false"},
        {"and", {"true"}, "true"},
        {"and", {"true", "true", "false"}, "false"},
        {"or", {"false", "false", "true"}, "true"},
        {"or", {"false"}, "false"},
        {"not", {"true"}, "false"},
        {"not", {"false"}, "true"},
    });
}

BOOST_AUTO_TEST_CASE(refuses_what_is_neither_true_nor_false)
{
    refuses({
        {"if", {"yes", "a", "b"}, "argument 'condition' is neither true nor false"},
        {"if", {"TRUE", "a", "b"}, "argument 'condition' is neither true nor false"},
        {"and", {"true", ""}, "argument 'more' is neither true nor false"},
        {"or", {"1"}, "argument 'first' is neither true nor false"},
        {"not", {"0"}, "argument 'value' is neither true nor false"},
        {"if_equal", {"a", "a", "\xff"}, "argument 'then' is not UTF-8"},
    });
}

BOOST_AUTO_TEST_SUITE_END()
