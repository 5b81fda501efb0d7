#include "check/process_state.hpp"
#include "check/samples.hpp"
#include "check/trials.hpp"

#include <chrono>
#include <deque>
#include <set>
#include <thread>

namespace vn::check {
namespace {

using clock = std::chrono::steady_clock;

constexpr const char* status_names[] = {"ok", "invalid", "retry", "cancelled", "failed"};

std::string ending(vn_status status, const recorded_call& call)
{
    if (status < VN_OK || status > VN_FAILED)
        return std::to_string(status);
    return status == VN_OK ? "ok" : std::string(status_names[status]) + ": " + call.reason();
}

// Half of the time that is given to the trial as a whole: a slow plugin gets fewer jobs, not a false alarm.
void perform_all(const options& chosen, voice& out, const plugin_instance& plugin, const std::vector<job>& jobs)
{
    const auto end = clock::now() + chosen.timeout / 2;
    std::set<std::string> told;
    for (const auto& each : jobs)
    {
        if (clock::now() >= end)
        {
            out.note("too slow for all " + std::to_string(jobs.size()) + " inputs");
            break;
        }
        out.at(each.label);
        recorded_call call(each.name, each.payload);
        const auto status = perform(plugin, each, call);
        for (const auto& wrong : judge(each, call, status))
            if (told.size() < 10 && told.insert(wrong).second)
                out.problem(wrong);
    }
    out.at("destroy");
}

} // namespace

void try_good_input(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    const auto before = state_of_process();
    const auto threads = running_threads();
    std::deque<recorded_call> calls; // kept, for what is done with them too late
    for (const auto& each : good_jobs(plugin, chosen))
    {
        const auto begin = clock::now();
        for (int round = 0; round < 2 && clock::now() - begin < chosen.timeout / 4; ++round)
        {
            out.at(each.label);
            auto& call = calls.emplace_back(each.name, each.payload);
            const auto status = perform(plugin, each, call);
            for (const auto& wrong : judge(each, call, status))
                out.problem(wrong);
            if (round == 0 && status != VN_OK)
                out.note(each.label + ": " + ending(status, call));
        }
    }
    if (running_threads() > threads)
    {
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        for (const auto& call : calls)
            for (const auto& wrong : call.wrongs())
                if (wrong.find("after") != wrong.npos)
                    out.problem(wrong);
    }
    for (const auto& each : differences(before, state_of_process()))
        out.problem(each);
    out.at("destroy");
}

void try_bad_input(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    perform_all(chosen, out, plugin, bad_jobs(plugin, chosen));
}

void try_huge_input(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    perform_all(chosen, out, plugin, huge_jobs(plugin));
}

void try_output_limit(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    for (const auto& each : good_jobs(plugin, chosen))
    {
        out.at(each.label + ", no room for the answer");
        recorded_call call(each.name, each.payload, 0);
        const auto status = perform(plugin, each, call);
        if (call.over_limit() && status == VN_OK)
            out.note(each.label + ": says ok although write() refused");
        for (const auto& wrong : call.wrongs())
            out.problem(wrong);
    }
    out.at("destroy");
}

} // namespace vn::check
