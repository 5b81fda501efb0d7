// Two hydration functions. In a request: <x use="vn:greet(World)"/>; on the command line: vnctl functions call greet
// World
#include <vn/plugin.hpp>

static std::string greet(std::string_view whom, std::optional<std::string_view> word)
{
    return std::string(word.value_or("Hello")) + ", " + std::string(whom) + "!";
}

static double share(double part, double whole)
{
    if (whole == 0)
        vn::invalid("the whole is 0");
    return part / whole;
}

struct greetings
{
    static std::vector<vn::function> functions()
    {
        return {
            vn::function_of<greet>("greet", "A greeting", {"whom: who is greeted", "word: instead of Hello"}),
            vn::function_of<share>("share", "part / whole", {"part: a number", "whole: not 0"}),
        };
    }
};

VN_PLUGIN(greetings, "greetings", "1.0.0", VN_CONCURRENT)
