// Failed tasks in the live document and in the response, where a group goes on without them. Internal to domain.
#pragma once

#include "domain/failure_policy.hpp"
#include "domain/group_progress.hpp"

#include <pugixml.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace vn {

// The value of the attribute `on-failure` of the namespace urn:vnserver:1; nothing if the group has none.
std::optional<std::string_view> failure_attribute(pugi::xml_node group) noexcept;

// Appends <vn:failed-task number= name= attempts= code=>message</vn:failed-task>, with its namespace declared.
pugi::xml_node append_failed_task(pugi::xml_node group, const task_failure& f, const std::string& valuation_name);

} // namespace vn
