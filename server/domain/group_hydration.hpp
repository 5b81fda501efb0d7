// Section 4, steps 1 to 4: one group into its task documents. Internal to domain.
#pragma once

#include "domain/hydrated_group.hpp"
#include "domain/hydration.hpp"
#include "domain/live_document.hpp"

namespace vn {

class group_hydration
{
public:
    group_hydration(live_document& live, pugi::xml_node group);

    result<hydrated_group, failure> run();

private:
    // In the order in which the specification does them for the whole group. Children are brought to their end one
    // by one here, so that only one is in memory at full size; when one fails, those after it are still looked at
    // for failures that would have come first.
    enum class stage
    {
        select,
        href,
        valuation,
        none,
    };

    bool group_itself();
    bool child(pugi::xml_node node, pugi::xml_node context);
    bool valuation(pugi::xml_node node);
    bool add_task(pugi::xml_node element);
    bool failed(stage at);
    bool over(const char* what);
    void write_surroundings();

    live_document& live_;
    pugi::xml_node source_;
    pugi::xml_document bench_;
    produced count_;
    function_calls calls_;
    hydration hydration_;
    pugi::xml_node group_;
    pugi::xml_node context_;
    std::size_t outside_elements_ = 0;
    std::size_t task_bytes_ = 0;
    stage failed_at_ = stage::none;
    failure why_;
    hydrated_group out_;
};

} // namespace vn
