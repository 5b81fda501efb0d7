// The Lua scripts by which work changes hands: each checks first and acknowledges last, and may run twice (R1, R2).
// Their texts, arguments and answers are in server/redis/scripts.
#pragma once

#include <string>
#include <string_view>

namespace vn::redis {

class script
{
    std::string_view name_;
    std::string text_;
    std::string sha_;

public:
    // flags: the line that says how Redis is to run it, or nothing. Of common it gets what body uses, because Redis
    // makes all of a script's functions anew whenever it runs it.
    script(std::string_view name, std::string_view flags, std::string_view common, std::string_view body);

    std::string_view name() const noexcept { return name_; }
    const std::string& text() const noexcept { return text_; }
    // The SHA-1 in hexadecimal digits, by which Redis knows it.
    const std::string& sha() const noexcept { return sha_; }
};

struct scripts
{
    static const script submit;
    static const script take;
    static const script renew;
    static const script start_request;
    static const script start_group;
    static const script dispatch;
    static const script count;
    static const script record_failure;
    static const script inspect;
    static const script end_request;
    static const script claim_tasks;
    static const script renew_tasks;
    static const script finish_tasks;
    static const script park_task;
    static const script hand_back;
    static const script clean_streams;
    static const script restore_requests;
    static const script store_part;
    static const script expire_requests;
    static const script list_requests;
    static const script clean_list;
    static const script task_states;
    static const script heard_of;
    static const script cancel;
    static const script withdraw;
    static const script clean_group;
    static const script retry;
    static const script requeue_task;
    static const script requeue_request;
    static const script drop_dead;
    static const script drop_task;
    static const script read_back;
    static const script read_lanes;
};

} // namespace vn::redis
