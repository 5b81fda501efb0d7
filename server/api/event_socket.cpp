#include "api/event_socket.hpp"

#include "api/problem.hpp"
#include "http/handshake.hpp"

#include <boost/json/parse.hpp>

namespace vn {

namespace {

struct first_message
{
    std::optional<event_start> start;
    std::string token; // may be empty
};

// Nothing: it is not what is expected.
std::optional<first_message> read_first(std::string_view message)
{
    namespace json = boost::json;
    boost::system::error_code ec;
    const auto v = json::parse(message, ec);
    if (ec || !v.is_object())
        return std::nullopt;
    const auto& members = v.get_object();
    const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
        const auto* n = members.if_contains(name);
        if (!n)
            return 0;
        return n->is_int64() && n->get_int64() >= 0 ? std::optional(static_cast<std::uint64_t>(n->get_int64()))
                                                    : std::nullopt;
    };
    const auto epoch = number("epoch");
    const auto offset = number("offset");
    const auto* token = members.if_contains("token");
    if (!epoch || !offset || (token && !token->is_string()))
        return std::nullopt;
    first_message out;
    if (members.contains("offset"))
        out.start = event_start{.after = {*epoch, *offset}};
    if (token)
        out.token = token->get_string();
    return out;
}

// What a client may mend by waiting is told apart from what it may not.
unsigned close_code(const failure& f)
{
    return f.code.starts_with("too-many-") ? 1013 : 1008;
}

class socket_source : public event_source
{
    event_access& access_;
    const event_socket_settings settings_;
    // Until then the first message has to come; where to go on if it does not say.
    std::optional<clock::time_point> waits_until_;
    std::optional<event_start> start_;
    std::optional<http::push_end> refused_;

public:
    socket_source(event_hub& hub, event_access& access, const event_socket_settings& s, listener_identity who,
                  event_filter filter, std::optional<event_start> start, bool waits)
        : event_source(hub, std::move(who), std::move(filter)), access_(access), settings_(s)
    {
        if (!waits)
        {
            hub_.attach(listener_, who_.user, start);
            return;
        }
        waits_until_ = clock::now() + settings_.first_message_wait;
        start_ = start;
    }

    std::shared_ptr<const std::string> take() override
    {
        auto m = has_expired() ? nullptr : listener_->take();
        if (!m)
            return nullptr;
        const auto* text = &m->text;
        return {std::move(m), text};
    }

    std::optional<http::push_end> ended() const override
    {
        if (refused_)
            return refused_;
        if (waits_until_ && clock::now() >= *waits_until_)
            return http::push_end{1008, "the first message did not come in time"};
        return event_source::ended();
    }

    clock::time_point look_again() const override
    {
        return std::min(event_source::look_again(), waits_until_.value_or(clock::time_point::max()));
    }

    void heard(std::string_view message) override
    {
        if (!waits_until_)
            return;
        waits_until_.reset();
        const auto first = read_first(message);
        if (!first)
            refused_ = http::push_end{1008, "the first message is not as expected"};
        else if (const auto known = access_.identify(first->token, who_); !known)
            refused_ = http::push_end{close_code(known.error()), known.error().message};
        else
            hub_.attach(listener_, who_.user, first->start ? first->start : start_);
        listener_->news().raise();
    }

    std::size_t longest_heard() const override
    {
        return waits_until_ ? settings_.first_message_bytes : settings_.inbound_bytes;
    }
};

} // namespace

void event_socket_api::add_routes(http::router& routes)
{
    routes.add("GET", "/ws", [this](http::request& r) { return get(r); });
}

awaitable<http::reply> event_socket_api::get(http::request& r)
{
    auto admitted = access_.admit(r, event_transport::socket);
    if (auto* refused = std::get_if<http::reply>(&admitted))
        co_return std::move(*refused);
    if (auto refused = http::judge_handshake(r))
        co_return std::move(*refused);
    auto filter = read_event_filter(r);
    if (!filter)
        co_return problem(filter.error());
    auto start = read_event_start(r, {});
    if (!start)
        co_return problem(start.error());
    auto& who = std::get<listener_identity>(admitted);
    const auto subprotocol = who.subprotocol;
    const bool waits = who.needs_proof || r.query.get("resume") == "message";
    co_return http::socket_reply(
        std::make_shared<socket_source>(hub_, access_, settings_, std::move(who), std::move(*filter), *start, waits),
        subprotocol);
}

} // namespace vn
