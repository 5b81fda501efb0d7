// One who listens to the events of a user over HTTP: what a WebSocket and a stream have in common.
#pragma once

#include "api/event_access.hpp"
#include "engine/event_hub.hpp"
#include "http/push.hpp"

#include <memory>
#include <optional>

namespace vn {

class event_source : public http::push_source
{
protected:
    event_hub& hub_;
    listener_identity who_;
    std::shared_ptr<event_listener> listener_;

    event_source(event_hub& hub, listener_identity who, event_filter filter)
        : hub_(hub), who_(std::move(who)), listener_(hub.create(std::move(filter)))
    {}

    // Then nothing is given any more, whatever waits.
    bool has_expired() const { return who_.expires && std::chrono::system_clock::now() >= *who_.expires; }

public:
    bool has_more() const override { return !has_expired() && !listener_->is_empty(); }
    alert& news() override { return listener_->news(); }

    std::optional<http::push_end> ended() const override
    {
        if (listener_->is_too_slow())
            return http::push_end{1013, "too slow"};
        if (has_expired())
            return http::push_end{1008, "the token has expired"};
        return std::nullopt;
    }

    clock::time_point look_again() const override
    {
        if (!who_.expires)
            return clock::time_point::max();
        const auto left = *who_.expires - std::chrono::system_clock::now();
        return clock::now() + std::chrono::ceil<std::chrono::milliseconds>(left);
    }
};

// What a call asks for: ?request=, ?type= (comma-separated), ?epoch= and ?offset=. Code: bad-filter, bad-position.
result<event_filter, failure> read_event_filter(const http::request& r);
// Without offset: nothing. last_id is that of an event, as EventSource sends it; it goes before the parameters.
result<std::optional<event_start>, failure> read_event_start(const http::request& r, std::string_view last_id);

} // namespace vn
