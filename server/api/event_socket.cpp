#include "api/event_socket.hpp"

#include "api/problem.hpp"
#include "http/handshake.hpp"

#include <boost/json/parse.hpp>

namespace vn {

namespace {

// Position and nothing else of the first message; no value: it is not what is expected.
std::optional<std::optional<event_start>> start_in(std::string_view message)
{
    namespace json = boost::json;
    boost::system::error_code ec;
    const auto v = json::parse(message, ec);
    if (ec || !v.is_object())
        return std::nullopt;
    const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
        const auto* n = v.get_object().if_contains(name);
        if (!n)
            return 0;
        return n->is_int64() && n->get_int64() >= 0 ? std::optional(static_cast<std::uint64_t>(n->get_int64()))
                                                    : std::nullopt;
    };
    const auto epoch = number("epoch");
    const auto offset = number("offset");
    if (!epoch || !offset)
        return std::nullopt;
    if (!v.get_object().contains("offset"))
        return std::optional<event_start>();
    return std::optional(event_start{.after = {*epoch, *offset}});
}

class socket_source : public event_source
{
    const event_access& access_;
    const event_socket_settings settings_;
    // Until then the first message has to come.
    std::optional<clock::time_point> waits_until_;
    std::optional<http::push_end> refused_;

public:
    socket_source(event_hub& hub, const event_access& access, const event_socket_settings& s, listener_identity who,
                  event_filter filter, std::optional<event_start> start, bool waits)
        : event_source(hub, std::move(who), std::move(filter)), access_(access), settings_(s)
    {
        if (waits)
            waits_until_ = clock::now() + settings_.first_message_wait;
        else
            hub_.attach(listener_, who_.user, start);
    }

    std::shared_ptr<const std::string> take() override
    {
        auto m = listener_->take();
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
        const auto start = start_in(message);
        if (who_.user.empty())
        {
            auto known = access_.identify(message);
            if (!known)
                refused_ = http::push_end{1008, known.error().message};
            else
            {
                known->place = known->place ? known->place : who_.place;
                who_ = std::move(*known);
            }
        }
        if (!refused_ && !start)
            refused_ = http::push_end{1008, "the first message is not as expected"};
        if (!refused_)
            hub_.attach(listener_, who_.user, *start);
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
    const bool waits = who.user.empty() || r.query.get("resume") == "message";
    co_return http::socket_reply(
        std::make_shared<socket_source>(hub_, access_, settings_, std::move(who), std::move(*filter), *start, waits),
        subprotocol);
}

} // namespace vn
