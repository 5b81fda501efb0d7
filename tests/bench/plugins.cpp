// What a call of a plugin costs, inline and in a host process, beside a bare call and a bare socket pair.
#include "bench/echo.hpp"
#include "bench/figures.hpp"
#include "bench/noop_called.hpp"
#include "bench/plugin_runners.hpp"
#include "core/children.hpp"
#include "core/log.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>

namespace {

using namespace vn::bench;

// More than any runner can do at once, so that none waits for the next call.
constexpr std::size_t many = 16;

// A task document of exactly that size: a bond, with market data as long as need be.
std::string document_of(std::size_t size)
{
    const std::string begin = R"(<?xml version="1.0" encoding="UTF-8"?>
<vnml>
  <project>
    <group name="Group1">
      <valuation name="noop">
        <instrument name="Instrument1">
          <fixedRateBond><maturity><date>2030-08-30</date></maturity></fixedRateBond>
        </instrument>
        <market name="Market1">
          <currency>EUR</currency>
)";
    const std::string end = R"(        </market>
        <analytics><price><amount>0</amount></price></analytics>
      </valuation>
    </group>
  </project>
</vnml>
)";
    std::string document = begin;
    for (int year = 1;; ++year)
    {
        const auto point = "          <point maturity=\"" + std::to_string(year) + "Y\"><rate>0.0412</rate></point>\n";
        if (document.size() + point.size() + end.size() > size)
            break;
        document += point;
    }
    document.append(size - document.size() - end.size(), ' ');
    return document + end;
}

void add_figures(std::vector<figure>& all, const std::string& document, echo& one, echo& two, noop_called& called,
                 plugin_runners& runners, std::array<vn::plugin_runner*, 3> made)
{
    const std::size_t size = document.size();
    const auto add = [&](std::string name, std::string against, std::string what, work calls) {
        all.push_back({std::move(name), std::move(against), std::move(what), size, std::move(calls)});
    };
    const auto with = [&, document](vn::plugin_runner* runner, std::size_t in_flight) {
        return [&runners, document, runner, in_flight](auto until) {
            return runners.call(*runner, document, in_flight, until);
        };
    };
    const auto [inside, host, hosts] = made;
    add("call", "", "bare call through the C ABI",
        [&called, document](auto until) { return called.call(document, until); });
    add("judged", "call", "bare call, its output judged",
        [&called, document](auto until) { return called.call_and_judge(document, until); });
    add("inline", "judged", "inline, 16 calls in flight", with(inside, many));
    add("inline-alone", "judged", "inline, one call at a time", with(inside, 1));
    add("echo", "", "bare echo, one process", [&one, document](auto until) { return one.exchange(document, until); });
    add("echo-2", "", "bare echo, two processes",
        [&two, document](auto until) { return two.exchange(document, until); });
    add("host", "echo", "one host process, 16 calls in flight", with(host, many));
    add("host-2", "echo-2", "two host processes, 16 calls in flight", with(hosts, many));
    add("host-alone", "echo", "one host process, one call at a time", with(host, 1));
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("Calls a second and processor time of plugin calls; one JSON object a line.", "bench-plugins");
    plan p;
    std::size_t slice = 250;
    std::string file = VN_BENCH_PLUGIN;
    std::vector<std::string> only;
    arguments.add_option("--rounds", p.rounds)->capture_default_str()->check(CLI::Range(1, 100));
    arguments.add_option("--slice", slice, "milliseconds of each figure in a round")
        ->capture_default_str()
        ->check(CLI::Range(1, 10'000));
    arguments.add_option("--plugin", file, "a plugin that values noop tasks")->check(CLI::ExistingFile);
    arguments.add_option("--only", only, "names of figures, to look at some with a profiler");
    try
    {
        arguments.parse(argc, argv);
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    p.slice = std::chrono::milliseconds(slice);
    try
    {
        vn::log::start(vn::log::level::error, vn::log::format::automatic);
        vn::children::become_subreaper();
        echo one(1);
        echo two(2);
        file = std::filesystem::absolute(file);
        noop_called called(file);
        plugin_runners runners(file);
        auto& inside = runners.add_inline();
        auto& host = runners.add_host(1);
        auto& hosts = runners.add_host(2);
        std::vector<figure> all;
        for (const std::size_t size : {1'024u, 5'120u})
            add_figures(all, document_of(size), one, two, called, runners, {&inside, &host, &hosts});
        if (!only.empty())
            std::erase_if(all, [&](const figure& f) { return std::ranges::find(only, f.name) == only.end(); });
        measure("plugins", all, p);
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-plugins: " << e.what() << '\n';
        return 1;
    }
}
