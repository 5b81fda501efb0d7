#include "check/process_state.hpp"
#include "check/samples.hpp"
#include "check/trials.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <set>
#include <thread>

namespace vn::check {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct ended
{
    vn_status status;
    std::string answer;
    bool operator==(const ended& other) const { return status == other.status && answer == other.answer; }
};

ended once(const plugin_instance& plugin, const job& what)
{
    recorded_call call(what.name, what.payload);
    const auto status = perform(plugin, what, call);
    return {status, call.answer()};
}

std::string in_seconds(clock::duration time)
{
    return std::to_string(std::chrono::duration_cast<milliseconds>(time).count()) + " ms";
}

// Performs the job on a thread; after_start is called on this one meanwhile. How long the call took, and how long it
// went on after after_start had returned.
template <class AfterStart>
std::pair<clock::duration, clock::duration> timed(const plugin_instance& plugin, const job& what, recorded_call& call,
                                                  AfterStart after_start)
{
    clock::time_point end{};
    const auto begin = clock::now();
    std::thread worker([&] {
        perform(plugin, what, call);
        end = clock::now();
    });
    after_start();
    const auto asked = clock::now();
    worker.join();
    return {end - begin, end > asked ? end - asked : clock::duration::zero()};
}

} // namespace

void try_parallel_calls(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    if (library->flags & VN_SERIAL)
        return out.note("declares one call at a time in a process");

    // One instance for all threads where the plugin allows it, else one for each.
    constexpr std::size_t threads = 8;
    const bool shared = (library->flags & VN_CONCURRENT) != 0;
    std::vector<std::unique_ptr<plugin_instance>> plugins;
    out.at("create");
    for (std::size_t i = 0; i < (shared ? 1 : threads); ++i)
        plugins.push_back(std::make_unique<plugin_instance>(library, chosen));

    for (const auto& each : good_jobs(*plugins[0], chosen))
    {
        out.at(each.label + ", one after the other");
        const auto begin = clock::now();
        const auto expected = once(*plugins[0], each);
        if (clock::now() - begin > chosen.timeout / 6)
        {
            out.note(each.label + ": too slow to try side by side");
            continue;
        }
        const bool same = once(*plugins[0], each) == expected;

        out.at(each.label + ", 8 threads");
        const auto stop = clock::now() + std::min<milliseconds>(milliseconds(500), chosen.timeout / 8);
        std::atomic<int> ready{0}, different{0}, calls{0};
        std::vector<std::thread> workers;
        for (std::size_t i = 0; i < threads; ++i)
            workers.emplace_back([&, i] {
                const auto table = each.function;
                auto mine = each;
                // The function's table belongs to its instance.
                for (std::uint32_t f = 0; table && f < plugins[shared ? 0 : i]->functions->count; ++f)
                    if (std::string(plugins[shared ? 0 : i]->functions->functions[f]->name) == table->name)
                        mine.function = plugins[shared ? 0 : i]->functions->functions[f];
                for (++ready; ready < static_cast<int>(threads);)
                    std::this_thread::yield();
                do
                {
                    const auto got = once(*plugins[shared ? 0 : i], mine);
                    if (same && !(got == expected))
                        ++different;
                } while (++calls < 4000 && clock::now() < stop);
            });
        for (auto& worker : workers)
            worker.join();
        if (different > 0)
            out.problem(each.label + ": " + std::to_string(different) + " of " + std::to_string(calls) +
                        " calls on 8 threads gave another answer");
    }
    out.at("destroy");
}

void try_cancel(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    for (const auto& each : good_jobs(plugin, chosen))
    {
        out.at(each.label + ", cancelled before it began");
        recorded_call early(each.name, each.payload);
        early.cancel();
        const auto first = timed(plugin, each, early, [] {}).first;
        if (first > chosen.grace)
        {
            out.problem(each.label + ": returns " + in_seconds(first) + " after it was cancelled");
            break;
        }
        out.at(each.label + ", cancelled after 50 ms");
        recorded_call late(each.name, each.payload);
        const auto second = timed(plugin, each, late, [&] {
                                std::this_thread::sleep_for(milliseconds(50));
                                late.cancel();
                            }).second;
        if (second > chosen.grace)
            out.problem(each.label + ": returns " + in_seconds(second) + " after it was cancelled");
    }
    out.at("destroy");
}

void try_deadline(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    for (const auto& each : good_jobs(plugin, chosen))
    {
        constexpr milliseconds left{50};
        out.at(each.label + ", 50 ms to its deadline");
        recorded_call call(each.name, each.payload);
        call.set_deadline(left);
        const auto took = timed(plugin, each, call, [] {}).first;
        if (took > left + chosen.grace)
        {
            out.problem(each.label + ": returns " + in_seconds(took - left) + " after its deadline");
            break;
        }
    }
    out.at("destroy");
}

void try_repetition(const options& chosen, voice& out)
{
    const auto library = load(chosen.file);
    const plugin_instance plugin(library, chosen);
    const auto jobs = good_jobs(plugin, chosen);
    if (jobs.empty())
        return;

    // The first quarter fills what is kept on purpose; threads and files are there after a few calls.
    const auto begin = clock::now();
    const auto limit = chosen.timeout / 2;
    std::size_t calls = 0, counted = 0, memory = 0, files = open_descriptors(), threads = running_threads();
    for (; calls < chosen.calls && clock::now() - begin < limit; ++calls)
    {
        if (counted == 0 && (calls >= chosen.calls / 4 || clock::now() - begin > limit / 4))
        {
            memory = memory_in_use();
            counted = calls;
        }
        const auto& each = jobs[calls % jobs.size()];
        if (calls % 100 == 0)
            out.at(each.label + ", call " + std::to_string(calls));
        once(plugin, each);
    }
    counted = calls - counted;
    if (counted == 0)
        return out.note("too slow to repeat");

    const auto grown = [](std::size_t before, std::size_t after) { return after > before ? after - before : 0; };
    const auto more_memory = grown(memory, memory_in_use());
    const auto more_files = grown(files, open_descriptors());
    const auto more_threads = grown(threads, running_threads());
    const auto over = " in " + std::to_string(counted) + " calls";
    if (more_memory > (1u << 20) && more_memory / counted >= 64)
        out.problem("memory grows by " + std::to_string(more_memory >> 10) + " KB" + over);
    if (more_files > 64)
        out.problem("open files grow by " + std::to_string(more_files) + " in " + std::to_string(calls) + " calls");
    if (more_threads > 32 + std::thread::hardware_concurrency())
        out.problem("threads grow by " + std::to_string(more_threads) + " in " + std::to_string(calls) + " calls");
    out.at("destroy");
}

} // namespace vn::check
