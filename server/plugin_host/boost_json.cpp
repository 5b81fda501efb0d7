// The compiled parts of Boost.JSON for vn-plugin-host, which has none of Boost's other libraries.
#include <boost/json/src.hpp>
