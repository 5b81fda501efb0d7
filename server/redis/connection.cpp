#include "redis/connection.hpp"

#include "core/log.hpp"
#include "redis/connection_config.hpp"
#include "redis/exit_point.hpp"

#include <boost/asio/cancel_after.hpp>
#include <boost/redis/connection.hpp>
#include <boost/redis/response.hpp>
#include <boost/scope/scope_exit.hpp>

namespace vn::redis {

namespace boost_redis = boost::redis;

namespace {

constexpr int missed_deadlines_allowed = 3;

// Keeps the last thing that went wrong: why a connection cannot be made is nowhere else.
boost_redis::logger quiet_logger(const std::string& purpose, std::string& trouble, std::shared_ptr<tls_peer> peer)
{
    using level = boost_redis::logger::level;
    return {level::info, [purpose, &trouble, peer = std::move(peer)](level l, std::string_view text) {
                if (l <= level::err)
                    trouble = text;
                peer->heed(text);
                log::debug("redis connection", {{"purpose", purpose}, {"detail", text}});
            }};
}

} // namespace

struct connection::link
{
    std::string trouble;
    boost_redis::connection conn;

    link(const asio::any_io_executor& ex, const endpoint& where, const settings& s, const std::string& purpose)
        : link(ex, where, s, purpose, std::make_shared<tls_peer>(where))
    {}

    link(const asio::any_io_executor& ex, const endpoint& where, const settings& s, const std::string& purpose,
         std::shared_ptr<tls_peer> peer)
        : conn(ex, make_tls(where, s, peer), quiet_logger(purpose, trouble, peer))
    {}
};

connection::connection(asio::any_io_executor ex, endpoint where, const settings& s, std::string purpose,
                       clock::duration longest, std::size_t remade_above)
    : ex_(std::move(ex)), where_(std::move(where)), settings_(s), purpose_(std::move(purpose)), longest_(longest),
      remade_above_(remade_above), link_(std::make_unique<link>(ex_, where_, settings_, purpose_))
{}

connection::~connection() = default;

awaitable<void> connection::run()
{
    auto stop = co_await graceful();
    for (;;)
    {
        link_->trouble.clear();
        const auto config = make_config(where_, settings_, purpose_, longest_);
        auto [ec] = co_await link_->conn.async_run(config, as_result);
        up_ = false;
        ++generation_;
        if (is_terminal(stop))
            break;
        if (std::exchange(remaking_, false))
        {
            // A command that came meanwhile holds on to the old one; after it there is another try.
            if (outstanding_ == 0)
            {
                grew_ = false;
                link_ = std::make_unique<link>(ex_, where_, settings_, purpose_);
            }
            continue;
        }
        const auto why = why_it_ended(ec, link_->trouble);
        if (!down_told_ || why != why_down_)
            log::warning("redis connection ended",
                         {{"purpose", purpose_}, {"reason", why.message()}, {"detail", link_->trouble}});
        down_told_ = true;
        why_down_ = why;
        co_await pause_for(settings_.reconnect_wait);
    }
}

awaitable<result<reply>> connection::attempt(const command& c, clock::duration limit)
{
    boost_redis::generic_flat_response answer;
    const bool is_last = exit_point::before_command();
    auto [ec, size] = co_await link_->conn.async_exec(c, answer, asio::cancel_after(limit, as_result));
    if (is_last)
        exit_point::leave();
    if (answer.has_error())
    {
        const auto& text = answer.error().diagnostic;
        const error_code refused = classify(text);
        log::debug("redis refused a command", {{"purpose", purpose_}, {"text", text}});
        if (ends_connection(refused))
            link_->conn.cancel(boost_redis::operation::run);
        co_return refused;
    }
    if (ec)
        co_return ec;
    co_return reply(std::move(*answer));
}

awaitable<result<reply>> connection::exec(const command& c, clock::duration limit)
{
    // Boost.Redis asks whether the socket is open, and that of a broken connection stays so.
    if (c.get_config().cancel_if_not_connected && !up_)
        co_return vn::errc::unavailable;
    const auto end = clock::now() + limit;
    ++outstanding_;
    const boost::scope::scope_exit leave([this] {
        if (--outstanding_ > 0 || !grew_)
            return;
        remaking_ = true;
        link_->conn.cancel(boost_redis::operation::run);
    });
    carried(c.payload().size());

    for (bool first = true;; first = false)
    {
        const auto left = end - clock::now();
        if (left <= clock::duration::zero())
        {
            missed();
            co_return vn::errc::timed_out;
        }
        auto r = co_await attempt(c, left);
        if (!r && r.error() == boost_redis::error::not_connected)
        {
            if (first)
                co_return vn::errc::unavailable;
            // An earlier try may have been sent: only an answer can tell.
            co_await pause_for(std::chrono::milliseconds(50));
            continue;
        }
        if (r || r.error() != asio::error::operation_aborted)
        {
            if (r)
                answered(*r);
            co_return r;
        }
        const auto state = co_await asio::this_coro::cancellation_state;
        if (is_terminal(state))
            co_return error_code(asio::error::operation_aborted);
        // Over the time, taken back before it was sent by a stop that lets us finish, or the connection ended: again.
    }
}

void connection::keep_pushes()
{
    pushes_ = std::make_unique<boost_redis::resp3::flat_tree>();
    link_->conn.set_receive_response(*pushes_);
}

awaitable<result<reply>> connection::receive()
{
    auto [ec] = co_await link_->conn.async_receive2(as_result);
    if (ec)
        co_return ec;
    // A copy: what comes from here on belongs to the next call.
    auto copy = *pushes_;
    pushes_->clear();
    co_return reply(std::move(copy));
}

void connection::carried(std::size_t bytes)
{
    grew_ = grew_ || (remade_above_ > 0 && bytes > remade_above_);
}

void connection::answered(const reply& r)
{
    carried(r.bytes());
    if (down_told_)
        log::info("redis answers again", {{"purpose", purpose_}});
    down_told_ = false;
    missed_ = 0;
    up_ = true;
    why_down_ = {};
}

void connection::missed()
{
    up_ = false;
    if (!why_down_)
        why_down_ = vn::errc::unavailable;
    if (!down_told_)
        log::warning("redis does not answer", {{"purpose", purpose_}, {"where", where_.shown()}});
    down_told_ = true;
    if (++missed_ >= missed_deadlines_allowed)
    {
        missed_ = 0;
        link_->conn.cancel(boost_redis::operation::run);
    }
}

} // namespace vn::redis
