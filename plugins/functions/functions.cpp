// The catalogue of transformation functions: numbers, text, dates, choices. docs/functions.md lists them all.
#include "catalogue.hpp"

#include <vn/plugin.hpp>

struct function_catalogue
{
    static std::vector<vn::function> functions()
    {
        std::vector<vn::function> all;
        for (const auto list : {::functions::number_functions, ::functions::text_functions, ::functions::date_functions,
                                ::functions::choice_functions})
            for (const auto& each : list())
                all.push_back(each);
        return all;
    }
};

VN_PLUGIN(function_catalogue, "functions", "1.0.0", VN_CONCURRENT)
