#include "bench/figures.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <dirent.h>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace vn::bench {

namespace {

namespace json = boost::json;
using clock = std::chrono::steady_clock;

struct round_of_calls
{
    double per_second = 0;
    double cpu_nanoseconds = 0; // of one call
};

// "pid (command) state parent ...": the command may hold anything, so the last bracket counts.
bool is_child(const std::string& pid)
{
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    std::getline(file, line);
    const auto at = line.rfind(") ");
    return at != line.npos && line.size() > at + 4 && std::atoi(line.c_str() + at + 4) == ::getpid();
}

std::vector<clockid_t> clocks_of_children()
{
    std::vector<clockid_t> clocks;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc"), ::closedir);
    if (!folder)
        throw std::runtime_error("there is no /proc");
    while (const auto* const entry = ::readdir(folder.get()))
    {
        const std::string name = entry->d_name;
        clockid_t its_clock{};
        if (name.find_first_not_of("0123456789") == name.npos && is_child(name) &&
            ::clock_getcpuclockid(std::stoi(name), &its_clock) == 0)
            clocks.push_back(its_clock);
    }
    return clocks;
}

// Not getrusage(): that counts children only once they have ended, and with what it cost to start them.
double cpu_nanoseconds(const std::vector<clockid_t>& children)
{
    const auto read = [](clockid_t c) {
        timespec t{};
        return ::clock_gettime(c, &t) == 0 ? static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec) : 0.0;
    };
    double sum = read(CLOCK_PROCESS_CPUTIME_ID);
    for (const auto each : children)
        sum += read(each);
    return sum;
}

round_of_calls measure_once(const figure& f, std::chrono::milliseconds slice)
{
    const auto children = clocks_of_children();
    const double cpu = cpu_nanoseconds(children);
    const auto begin = clock::now();
    const std::size_t calls = f.calls(begin + slice);
    const std::chrono::duration<double> took = clock::now() - begin;
    const double used = cpu_nanoseconds(children) - cpu;
    if (calls == 0)
        throw std::runtime_error(f.name + ": no call ended in time");
    return {static_cast<double>(calls) / took.count(), used / static_cast<double>(calls)};
}

json::object spread_of(const std::vector<round_of_calls>& rounds, double round_of_calls::* what)
{
    std::vector<std::int64_t> values;
    json::array each;
    for (const auto& r : rounds)
    {
        values.push_back(std::llround(r.*what));
        each.push_back(values.back());
    }
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return {{"median", values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2},
            {"lowest", values.front()},
            {"highest", values.back()},
            {"rounds", std::move(each)}};
}

} // namespace

void measure(const std::string& bench, const std::vector<figure>& figures, const plan& p)
{
    for (const auto& f : figures)
        measure_once(f, p.slice / 5 + std::chrono::milliseconds(1));

    std::vector<std::vector<round_of_calls>> measured(figures.size());
    for (std::size_t round = 0; round < p.rounds; ++round)
        for (std::size_t i = 0; i < figures.size(); ++i)
            measured[i].push_back(measure_once(figures[i], p.slice));

    for (std::size_t i = 0; i < figures.size(); ++i)
    {
        const auto& f = figures[i];
        const json::array against = f.against.empty() ? json::array() : json::array{f.against};
        const json::object line{{"bench", bench},
                                {"case", std::to_string(f.bytes) + " bytes"},
                                {"name", f.name},
                                {"against", against},
                                {"what", f.what},
                                {"figures",
                                 {{"calls/s", spread_of(measured[i], &round_of_calls::per_second)},
                                  {"CPU ns/call", spread_of(measured[i], &round_of_calls::cpu_nanoseconds)}}}};
        std::cout << json::serialize(line) << '\n';
    }
    std::cout << std::flush;
}

} // namespace vn::bench
