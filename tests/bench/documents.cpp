// bench-documents: one request document through all that the server does to it apart from valuing, again and again.
// Prints one JSON object: {"bytes","tasks","taskBytes","rounds":[{"admit":s,"read":s,...}],"peakKilobytes"}.
#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"
#include "execution/xpath_sandbox.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>

namespace {

using namespace vn;
namespace json = boost::json;
using clock = std::chrono::steady_clock;

struct totals
{
    std::size_t tasks = 0;
    std::size_t task_bytes = 0;
    std::size_t response_bytes = 0;
};

// Adds the seconds since it was last asked to a stage of the round.
class stages
{
    clock::time_point last_ = clock::now();

public:
    json::object seconds;

    void end(const char* stage)
    {
        const auto now = clock::now();
        auto& sum = seconds.emplace(stage, 0.0).first->value();
        sum = sum.as_double() + std::chrono::duration<double>(now - last_).count();
        last_ = now;
    }
};

template <class T>
T or_throw(result<T, failure> r)
{
    if (!r)
        throw std::runtime_error(r.error().code + ": " + r.error().message);
    return std::move(*r);
}

json::object run_once(const std::string& request, const hydration_environment& environment, totals& all)
{
    stages s;
    auto admitted = or_throw(admit_document(request, {}, environment.limits.document));
    s.end("admit");
    auto document = or_throw(valuation_document::read(admitted, environment));
    s.end("read");
    all = {};
    for (std::size_t g = 0; g < document.group_count(); ++g)
    {
        auto group = or_throw(document.hydrate(g));
        s.end("hydrate");
        const auto stored = group.serialise();
        s.end("store");
        std::vector<std::string> results;
        for (std::size_t t = 1; t <= group.task_count(); ++t)
        {
            const auto text = group.task_document(t);
            s.end("tasks");
            results.push_back(or_throw(accept_output(text, "101.00", environment.limits.document)));
            s.end("judge");
            all.task_bytes += text.size();
        }
        all.tasks += results.size();
        if (auto done = document.complete(g, group, results, {}, true); !done)
            throw std::runtime_error(done.error().why.message);
        s.end("complete");
    }
    all.response_bytes = or_throw(document.response()).size();
    s.end("response");
    return s.seconds;
}

// The highest that this process ever had.
long peak_kilobytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmHWM:"))
            return std::stol(line.substr(6));
    throw std::runtime_error("there is no /proc/self/status");
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("All that is done to a request document apart from valuing; prints one JSON object.",
                       "bench-documents");
    std::string file;
    std::size_t rounds = 1;
    double seconds = 0;
    arguments.add_option("--request", file)->required()->check(CLI::ExistingFile);
    arguments.add_option("--rounds", rounds, "at least")->capture_default_str()->check(CLI::Range(1, 1000));
    arguments.add_option("--seconds", seconds, "at least")->check(CLI::Range(0.0, 60.0));
    try
    {
        arguments.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    try
    {
        std::ifstream in(file, std::ios::binary);
        const std::string request{std::istreambuf_iterator<char>(in), {}};
        const document_fetchers fetchers;
        const hydration_functions functions;
        const xpath_sandbox sandbox;
        const hydration_environment environment{fetchers, functions, sandbox};

        totals all;
        json::array each;
        const auto until = clock::now() + std::chrono::duration<double>(seconds);
        while (each.size() < rounds || clock::now() < until)
            each.push_back(run_once(request, environment, all));
        const json::object line{{"bytes", request.size()},     {"tasks", all.tasks},
                                {"taskBytes", all.task_bytes}, {"responseBytes", all.response_bytes},
                                {"rounds", std::move(each)},   {"peakKilobytes", peak_kilobytes()}};
        std::cout << json::serialize(line) << std::endl;
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-documents: " << e.what() << '\n';
        return 1;
    }
}
