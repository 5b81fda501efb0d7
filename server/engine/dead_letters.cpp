#include "engine/dead_letters.hpp"

#include "core/log.hpp"

namespace vn {

namespace {

void tell(const char* what, const control_answer& a, const std::string& entry, const operator_call& who)
{
    log::info(what,
              {{"word", a.word}, {"entry", entry}, {"request", a.request}, {"user", who.user}, {"call", who.name}});
}

result<control_answer> answer_of(const result<redis::reply>& r)
{
    if (!r)
        return r.error();
    const auto words = r->items();
    if (words.size() < 2)
        return make_error_code(errc::protocol);
    return control_answer{.word = words[0].string(),
                          .status = words.size() > 2 ? words[2].string() : std::string(),
                          .request = words[1].string()};
}

} // namespace

awaitable<result<control_answer>> dead_letters::requeue_task(std::string entry, operator_call who)
{
    redis::arguments args;
    args << entry << settings_.updates_length;
    add_caller(args, who, settings_);
    const auto r = co_await redis_.run(redis::scripts::requeue_task, args);
    auto answer = answer_of(r);
    if (answer)
        tell("parked task to be requeued", *answer, entry, who);
    co_return answer;
}

awaitable<result<control_answer>> dead_letters::requeue_request(std::string entry, operator_call who)
{
    redis::arguments args;
    args << entry << settings_.max_backlog;
    add_caller(args, who, settings_);
    const auto r = co_await redis_.run(redis::scripts::requeue_request, args);
    auto answer = answer_of(r);
    if (answer && answer->word == "known")
    {
        const auto id = answer->request;
        answer = co_await control_.retry(id, entry, who);
        if (answer)
            answer->request = id;
        if (answer && answer->word == "accepted")
            answer->word = "requeued";
        if (answer && answer->word == "unknown")
            answer->word = "expired"; // meanwhile
    }
    if (answer)
        tell("parked request to be requeued", *answer, entry, who);
    co_return answer;
}

awaitable<result<control_answer>> dead_letters::drop(std::string which, std::string entry, operator_call who)
{
    redis::arguments args;
    args << which << entry;
    add_caller(args, who, settings_);
    const auto r = co_await redis_.run(redis::scripts::drop_dead, args);
    auto answer = answer_of(r);
    if (answer)
        tell("parked entry to be dropped", *answer, entry, who);
    co_return answer;
}

} // namespace vn
