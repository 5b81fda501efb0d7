// The settings of live events.
#include "app/setting_kinds.hpp"
#include "app/settings_table.hpp"

namespace vn {

namespace {

constexpr std::uint64_t month = 31 * 86'400;

} // namespace

std::vector<setting> event_settings_rows()
{
    using namespace kind;
    return {
        flag({"events.tasks", "Whether users are told of single tasks, too."},
             [](auto& s) -> auto& { return s.engine.task_events; }),
        number({"events.length", "Events kept of each user, about, for those who come back."}, 1, 10'000'000,
               [](auto& s) -> auto& { return s.engine.event_length; }),
        duration({"events.keep_seconds", "How long they are kept after the last one."}, 1, month,
                 [](auto& s) -> auto& { return s.engine.event_ttl; }),
    };
}

} // namespace vn
