#include "engine/submission.hpp"

#include "core/log.hpp"
#include "core/sha256.hpp"
#include "core/time_text.hpp"
#include "domain/life_cycle.hpp"
#include "redis/keys.hpp"

#include <algorithm>

namespace vn {

namespace keys = redis::keys;

namespace {

// A producer's own estimate; the orchestrator counts the groups of the parsed document.
std::size_t estimate_groups(std::string_view document)
{
    std::size_t n = 0;
    for (auto at = document.find("<group"); at != document.npos; at = document.find("<group", at + 6))
        if (at + 6 < document.size() && std::string_view(" \t\r\n/>").find(document[at + 6]) != std::string_view::npos)
            ++n;
    return n;
}

failure why_not(error_code ec)
{
    if (redis::is_full(ec))
        return {.code = "redis-full", .message = "Redis has no memory left for new requests"};
    if (ec == errc::unavailable || ec.category() == redis::refusal_category())
        return {
            .code = "redis-unavailable", .message = "Redis does not take requests right now", .reason = ec.message()};
    return {.code = "submission-uncertain",
            .message = "whether the request was taken in is not known: Redis did not answer in time"};
}

} // namespace

submission::submission(redis::client& redis, lifecycle_feed& feed, document_work& documents, const engine_settings& s,
                       const document_limits& limits)
    : redis_(redis), feed_(feed), documents_(documents), settings_(s), limits_(limits)
{}

awaitable<result<accepted_request, failure>> submission::add(new_request r)
{
    const auto received = std::chrono::system_clock::now();
    std::string print;
    std::size_t groups = 0;
    auto admitted = co_await documents_.run(r.body.size() <= light_bytes, [&] {
        if (!r.idempotency_key.empty())
            print = sha256_hex(r.body);
        auto text = admit_document(std::move(r.body), r.charset, limits_);
        groups = text ? estimate_groups(*text) : 0;
        return text;
    });
    if (!admitted)
        co_return admitted.error();
    std::string document = std::move(*admitted);

    if (redis_.is_large(document))
    {
        if (!redis_.is_up())
            co_return why_not(errc::unavailable);
        // Kept for long only when it is accepted.
        if (const auto ec =
                co_await redis_.set_apart_if_large(r.id + ":xml", document, redis::client::room::refused_if_full))
            // The payload alone is no request: nothing was taken in.
            co_return redis::is_full(ec) ? why_not(ec) : why_not(errc::unavailable);
    }

    const auto ttl = settings_.request_ttl.count();
    const auto deadline = received + r.deadline.value_or(settings_.request_deadline);
    redis::arguments args;
    args << r.id << std::move(document) << time_text(received) << ttl << r.idempotency_key << print
         << key_ttl_while_running(settings_, deadline - received).count() << settings_.idempotency_ttl.count()
         << settings_.max_backlog << event_bounds(settings_) << groups << r.user << time_text(deadline)
         << ms_since_1970(deadline) << r.priority;
    for (const auto& [name, value] : r.metadata)
        args << name << value;
    auto answer = co_await redis_.run(redis::scripts::submit, args, true);
    if (!answer)
    {
        log::warning("submission failed", {{"request", r.id}, {"reason", answer.error().message()}});
        co_return why_not(answer.error());
    }
    const auto words = answer->items();
    if (words.size() != 2)
        co_return why_not(errc::protocol);
    const auto word = words[0].text();
    if (word == "mismatch")
        co_return failure{.code = "idempotency-mismatch", .message = "the Idempotency-Key was used for another body"};
    if (word == "backlog")
        co_return failure{.code = "backlog-full", .message = "too many requests are waiting"};
    if (word == "no-payload")
        co_return failure{.code = "redis-unavailable", .message = "the payload did not stay in Redis"};
    co_return accepted_request{.id = words[1].string(), .replayed = word == "replay"};
}

awaitable<bool> submission::wait_for_end(lifecycle_feed::watch& watch, std::string id, clock::duration limit)
{
    // The event makes it fast, the state makes it certain.
    constexpr auto look_again = std::chrono::seconds(2);
    const auto end = clock::now() + limit;
    for (;;)
    {
        const auto left = end - clock::now();
        if (left <= clock::duration::zero() || stopping_)
            co_return false;
        co_await watch.news.wait(std::min<clock::duration>(left, look_again));
        if (watch.response)
            co_return true;
        redis::command c;
        c.push("HGET", keys::state(id), "status");
        auto r = co_await redis_.exec(c);
        if (!r)
            continue;
        const auto status = request_status_of(r->text());
        if (r->is_null() || (status && is_final(*status)))
            co_return true;
        if ((co_await asio::this_coro::cancellation_state).cancelled() == asio::cancellation_type::terminal)
            co_return false;
    }
}

void submission::stop_waiting()
{
    stopping_ = true;
    feed_.wake_all();
}

} // namespace vn
