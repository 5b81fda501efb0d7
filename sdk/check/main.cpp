// vn-plugin-check: shows what a plugin offers and tries to break it.
#include "check/elf_file.hpp"
#include "check/report.hpp"
#include "check/trials.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

using namespace vn::check;

namespace {

finding file_finding(const options& chosen)
{
    const auto file = read_elf(chosen.file);
    finding made{"file", {}};
    if (!file.problem.empty())
        made.records.push_back({'P', file.problem});
    for (const auto& name : file.exports)
        if (name != "vn_plugin_entry")
            made.records.push_back({'P', "exports " + name + "; only vn_plugin_entry may be visible"});
    if (made.records.size() > 5)
        made.records.resize(5);
    return made;
}

bool has_problem(const finding& each)
{
    return std::any_of(each.records.begin(), each.records.end(), [](auto& record) { return record.kind == 'P'; });
}

report examine(const options& chosen)
{
    struct named
    {
        const char* name;
        trial run;
        bool needed; // nothing after it makes sense when it finds something
    };
    constexpr named trials[] = {
        {"loading", try_loading, true},
        {"instances", try_instances, true},
        {"good input", try_good_input, false},
        {"bad input", try_bad_input, false},
        {"huge input", try_huge_input, false},
        {"parallel calls", try_parallel_calls, false},
        {"cancel", try_cancel, false},
        {"deadline", try_deadline, false},
        {"output limit", try_output_limit, false},
        {"repetition", try_repetition, false},
    };

    report made{chosen.file, {file_finding(chosen)}};
    if (!read_elf(chosen.file).problem.empty())
        return made;
    for (const auto& each : trials)
    {
        if (chosen.list_only && !each.needed)
            break;
        const auto ended = run_in_child([&](voice& out) { each.run(chosen, out); }, chosen.timeout, chosen.memory_mb);
        made.findings.push_back({each.name, ended.records});
        // What hangs or dies once would do so in every further trial.
        if (!ended.returned || (each.needed && has_problem(made.findings.back())))
            break;
    }
    return made;
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        const auto chosen = parse_options(argc, argv);
        const auto made = examine(chosen);
        std::fputs((chosen.json ? made.json() : made.text()).c_str(), stdout);
        return made.problems() == 0 ? 0 : 1;
    }
    catch (const std::exception& e)
    {
        std::fprintf(stderr, "vn-plugin-check: %s\n", e.what());
        return 2;
    }
}
