// The main function of every unit test program.
#define BOOST_TEST_MODULE vnserver
#include <boost/test/included/unit_test.hpp>
