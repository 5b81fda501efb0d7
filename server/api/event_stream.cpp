#include "api/event_stream.hpp"

#include "api/problem.hpp"
#include "core/ids.hpp"
#include "core/json_text.hpp"
#include "domain/life_cycle.hpp"
#include "http/handshake.hpp"

#include <algorithm>

namespace vn {

namespace {

constexpr std::size_t most_polled = 10'000;

bool has_ended(const request_owner& o)
{
    const auto status = request_status_of(o.status);
    return status && is_final(*status);
}

// In the words that clients of the reference service know.
std::string run_status(const request_owner& o)
{
    const auto status = request_status_of(o.status);
    if (status == request_status::succeeded)
        return "COMPLETED";
    if (status == request_status::failed)
        return "FAILED";
    if (status == request_status::cancelled)
        return "CANCELLED";
    return "RUNNING";
}

// One event of a stream. Any line end in a message of another publisher ends a line here.
std::string framed(const event_message& m)
{
    std::string out;
    out.reserve(m.text.size() + 64);
    if (m.is_ours())
        out.append("id: ").append(m.id).append("\n");
    else if (m.type == "recovered" && m.position.offset > 0)
        out.append("id: ").append(std::to_string(m.position.offset)).append("-0\n");
    std::string_view rest = m.text;
    for (;;)
    {
        const auto end = std::min(rest.find_first_of("\r\n"), rest.size());
        out.append("data: ").append(rest.substr(0, end)).append("\n");
        if (end == rest.size())
            break;
        rest.remove_prefix(rest.substr(end).starts_with("\r\n") ? end + 2 : end + 1);
    }
    out += '\n';
    return out;
}

class stream_source : public event_source
{
    std::shared_ptr<const std::string> opening_;
    const bool of_request_;
    const bool ended_before_; // the request, when it was looked up
    // The notice after what is kept says nothing to a client that has not asked for it.
    const bool hides_recovery_;
    bool lost_ = false;

public:
    stream_source(event_hub& hub, listener_identity who, std::string user, event_filter filter,
                  std::optional<event_start> start, std::chrono::milliseconds retry, bool of_request, bool ended_before)
        : event_source(hub, std::move(who), std::move(filter)),
          opening_(std::make_shared<const std::string>("retry: " + std::to_string(retry.count()) + "\n\n")),
          of_request_(of_request), ended_before_(ended_before), hides_recovery_(start && start->takes_part)
    {
        hub_.attach(listener_, user, start);
        listener_->news().raise();
    }

    std::shared_ptr<const std::string> take() override
    {
        if (has_expired())
            return nullptr;
        if (opening_)
            return std::exchange(opening_, nullptr);
        const auto m = listener_->take();
        if (!m)
            return nullptr;
        const bool is_recovery = !m->is_ours() && m->type == "recovered" && m->run_id.empty();
        if (is_recovery && hides_recovery_)
            return std::make_shared<const std::string>(":\n\n");
        // Its last event may be what is missing: the client comes back, and is told.
        lost_ = lost_ || (of_request_ && is_recovery && m->text.find("\"recovered\":false") != std::string::npos);
        return std::make_shared<const std::string>(framed(*m));
    }

    bool has_more() const override { return (opening_ && !has_expired()) || event_source::has_more(); }

    std::optional<http::push_end> ended() const override
    {
        const bool is_over = of_request_ && !listener_->is_behind && listener_->is_empty() &&
                             (listener_->at_end() || ended_before_ || lost_);
        if (is_over)
            return http::push_end();
        return event_source::ended();
    }

    std::string_view idle_text() const override { return ":\n\n"; }
};

std::string_view last_id_of(const http::request& r)
{
    return r.headers.get("last-event-id");
}

} // namespace

void event_stream_api::add_routes(http::router& routes)
{
    routes.add("GET", "/events", [this](http::request& r) { return of_user(r); });
    routes.add("GET", "/valuation/{id}/events", [this](http::request& r) { return of_request(r); });
    routes.add("GET", "/api/v1/runs/{id}/events", [this](http::request& r) { return poll(r); });
}

awaitable<http::reply> event_stream_api::of_user(http::request& r)
{
    auto admitted = access_.admit(r, event_transport::stream);
    if (auto* refused = std::get_if<http::reply>(&admitted))
        co_return std::move(*refused);
    auto filter = read_event_filter(r);
    if (!filter)
        co_return problem(filter.error());
    auto start = read_event_start(r, last_id_of(r));
    if (!start)
        co_return problem(start.error());
    auto& who = std::get<listener_identity>(admitted);
    const auto user = who.user;
    co_return http::stream_reply(std::make_shared<stream_source>(hub_, std::move(who), user, std::move(*filter), *start,
                                                                 settings_.retry, false, false));
}

awaitable<std::variant<event_stream_api::asked, http::reply>> event_stream_api::find(const http::request& r,
                                                                                     event_transport how)
{
    auto admitted = access_.admit(r, how);
    if (auto* refused = std::get_if<http::reply>(&admitted))
        co_return std::move(*refused);
    asked a{std::move(std::get<listener_identity>(admitted)), std::string(r.path_parameters.get("id")), {}};
    const failure unknown{.code = "request-not-found", .message = "There is no such request."};
    if (!is_uuid(a.id))
        co_return problem(unknown);
    auto owner = co_await hub_.store().owner_of(a.id);
    if (!owner)
        co_return redis_away();
    if (!*owner || (!a.who.is_open && (*owner)->user != a.who.user))
        co_return problem(unknown);
    a.owner = std::move(**owner);
    if (!is_user_name(a.owner.user))
        co_return problem({.code = "events-not-available",
                           .message = "The request has no user, so nobody is told what happens to it."});
    co_return a;
}

awaitable<http::reply> event_stream_api::of_request(http::request& r)
{
    auto found = co_await find(r, event_transport::of_request);
    if (auto* refused = std::get_if<http::reply>(&found))
        co_return std::move(*refused);
    auto& a = std::get<asked>(found);
    auto filter = read_event_filter(r);
    if (!filter)
        co_return problem(filter.error());
    const auto last_id = last_id_of(r);
    auto start = read_event_start(r, last_id);
    if (!start)
        co_return problem(start.error());
    const bool is_over = has_ended(a.owner);
    if (is_over && *start)
    {
        // An EventSource comes back whenever a stream ends, unless it is told that there is nothing more.
        auto kept = co_await hub_.store().of_request(a.owner.user, a.id, most_polled);
        if (!kept)
            co_return redis_away();
        const auto after = (*start)->after.offset;
        if (std::ranges::none_of(*kept, [&](const shared_event& m) { return m->position.offset > after; }))
            co_return http::empty_reply();
    }
    if (!*start)
        *start = event_start{.after = {}, .takes_part = true};
    filter->run_id = a.id;
    co_return http::stream_reply(std::make_shared<stream_source>(
        hub_, std::move(a.who), a.owner.user, std::move(*filter), *start, settings_.retry, true, is_over));
}

awaitable<http::reply> event_stream_api::poll(http::request& r)
{
    auto found = co_await find(r, event_transport::poll);
    if (auto* refused = std::get_if<http::reply>(&found))
        co_return std::move(*refused);
    auto& a = std::get<asked>(found);
    auto kept = co_await hub_.store().of_request(a.owner.user, a.id, most_polled);
    if (!kept)
        co_return redis_away();
    std::string json = R"({"events":[)";
    for (const auto& m : *kept)
        json.append(m == kept->front() ? "" : ",").append(m->text);
    json.append(R"(],"run_id":)")
        .append(json_string(a.id))
        .append(R"(,"status":)")
        .append(json_string(run_status(a.owner)));
    co_return http::json_reply(200, json + "}");
}

} // namespace vn
