// bench-events: many WebSocket clients of one server, and who publishes for them. Says "ready" when all listen; each
// line of input, {"seconds","in_flight"} or {"seconds","rate"}, is answered with a line, {"messages","seconds",
// "milliseconds":{"median","p99"}}. in_flight: a message is published as soon as fewer are on their way to all their
// clients; rate: so many are published a second.
#include "bench/event_crowd.hpp"
#include "bench/event_publisher.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <iostream>
#include <sys/resource.h>

namespace {

namespace json = boost::json;
using vn::bench::clock;
using vn::bench::event_crowd;
using vn::bench::event_publisher;

constexpr auto longest_delivery = std::chrono::seconds(20);
constexpr std::size_t asked_at_once = 64;
constexpr std::size_t publishing_at_once = 64; // by HTTP

struct audience
{
    std::uint16_t port = 0;
    std::string target = "/ws?username=";
    std::size_t sockets = 1;
    std::size_t users = 1;
    std::string redis;
    std::string publish;
};

std::string user_name(std::size_t n)
{
    return "user" + std::to_string(n);
}

long long nanoseconds()
{
    return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
}

// As the server publishes it; the offset, which rises, is the time.
std::string event_at(long long now)
{
    const auto offset = std::to_string(now);
    return R"({"counter":1,"epoch":1795226666759962,"group":0,"id":")" + offset +
           R"(-7","node_id":"group-0","offset":)" + offset +
           R"(,"result_ref":"","run_id":"6f1f3c5e-3b6c-4f0e-9d55-0c8f1f7f2a11","status":"completed",)"
           R"("timestamp":1795226666,"type":"node_completed"})";
}

long long time_in(std::string_view event)
{
    constexpr std::string_view name = R"("offset":)";
    const auto at = event.find(name);
    return at == event.npos ? 0 : std::strtoll(event.data() + at + name.size(), nullptr, 10);
}

class delivery
{
    event_crowd& crowd_;
    event_publisher& publisher_;
    const std::size_t users_;
    const std::size_t listeners_; // of each message
    std::size_t published_ = 0;
    std::size_t received_ = 0;
    std::vector<double> milliseconds_;

public:
    delivery(event_crowd& crowd, event_publisher& publisher, std::size_t users)
        : crowd_(crowd), publisher_(publisher), users_(users), listeners_(crowd.size() / users)
    {}

    // Everybody gets a message: only then all are known to listen.
    void greet()
    {
        for (std::size_t n = 0; n < users_; ++n)
        {
            // A message that comes too early is lost.
            const auto before = received_;
            const auto end = clock::now() + longest_delivery;
            while (received_ - before < listeners_)
            {
                if (clock::now() > end)
                    throw std::runtime_error("a client does not hear anything");
                received_ = before;
                publish_to(n);
                const auto until = clock::now() + std::chrono::milliseconds(200);
                while (received_ - before < listeners_ && clock::now() < until)
                    read(until - clock::now());
            }
        }
        read_rest();
        published_ = received_ = 0;
    }

    json::object run(double seconds, std::size_t in_flight, double rate)
    {
        milliseconds_.clear();
        published_ = received_ = 0;
        const auto begin = clock::now();
        const auto end = begin + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
        for (auto now = begin; now < end; now = clock::now())
        {
            auto wait = end - now;
            if (rate > 0)
            {
                for (; time_of(published_, begin, rate) <= now; ++published_)
                    publish_to(published_ % users_);
                wait = std::min(wait, time_of(published_, begin, rate) - now);
            }
            else
                for (; published_ - received_ / listeners_ < in_flight; ++published_)
                    publish_to(published_ % users_);
            read(publisher_.is_behind() ? clock::duration::zero() : wait);
        }
        while (received_ < published_ * listeners_)
        {
            if (clock::now() > end + longest_delivery)
                throw std::runtime_error(std::to_string(published_ * listeners_ - received_) + " messages are missing");
            read(std::chrono::seconds(1));
        }
        return summary(std::chrono::duration<double>(clock::now() - begin).count());
    }

private:
    static clock::time_point time_of(std::size_t n, clock::time_point begin, double rate)
    {
        return begin + std::chrono::duration_cast<clock::duration>(
                           std::chrono::duration<double>(static_cast<double>(n) / rate));
    }

    void publish_to(std::size_t user) { publisher_.publish(user_name(user), event_at(nanoseconds())); }

    void read(clock::duration limit)
    {
        publisher_.flush();
        crowd_.read(limit, [this](std::string_view text) {
            ++received_;
            milliseconds_.push_back(1e-6 * static_cast<double>(nanoseconds() - time_in(text)));
        });
    }

    void read_rest()
    {
        for (auto before = received_ + 1; before != received_;)
        {
            before = received_;
            read(std::chrono::milliseconds(200));
        }
    }

    json::object summary(double seconds)
    {
        auto& m = milliseconds_;
        if (m.empty())
            throw std::runtime_error("nothing was published");
        std::ranges::sort(m);
        return {{"messages", m.size()},
                {"seconds", seconds},
                {"milliseconds", {{"median", m[m.size() / 2]}, {"p99", m[m.size() * 99 / 100]}}}};
    }
};

// One more than there are sockets is not enough; what the machine allows is.
void raise_descriptors()
{
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    now.rlim_cur = now.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &now);
}

void run(const audience& a)
{
    raise_descriptors();
    auto publisher = a.redis.empty() ? event_publisher::by_http(a.port, a.publish, publishing_at_once)
                                     : event_publisher::by_redis(a.redis);
    event_crowd crowd;
    for (std::size_t n = 0; n < a.sockets; ++n)
    {
        crowd.open(a.port, a.target + user_name(n % a.users));
        if (n % asked_at_once == 0)
            crowd.confirm();
    }
    crowd.confirm();
    for (std::size_t n = 0; n < publisher.connections(); ++n)
        crowd.watch(publisher.descriptor(n), [&publisher, n] { publisher.drop_answers(n); });
    delivery d(crowd, publisher, a.users);
    d.greet();
    std::cout << "ready" << std::endl;
    for (std::string line; std::getline(std::cin, line);)
    {
        const auto asked = json::parse(line).as_object();
        const auto number = [&](std::string_view name) {
            const auto* v = asked.if_contains(name);
            return v ? v->to_number<double>() : 0;
        };
        const auto told = d.run(number("seconds"), static_cast<std::size_t>(number("in_flight")), number("rate"));
        std::cout << json::serialize(told) << std::endl;
    }
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App arguments("WebSocket clients of 127.0.0.1, and who publishes for them; a line for each line.",
                       "bench-events");
    audience a;
    arguments.add_option("--port", a.port)->required();
    arguments.add_option("--target", a.target, "of a WebSocket; the user comes behind it")->capture_default_str();
    arguments.add_option("--sockets", a.sockets)->capture_default_str()->check(CLI::Range(1, 1'000'000));
    arguments.add_option("--users", a.users, "each has as many sockets as the others")->check(CLI::Range(1, 1'000'000));
    auto* redis = arguments.add_option("--redis", a.redis, "unix socket of the Redis that is published to");
    arguments.add_option("--publish", a.publish, "of POST; the user comes behind it")->excludes(redis);
    try
    {
        arguments.parse(argc, argv);
        if (a.redis.empty() == a.publish.empty())
            throw CLI::RequiredError("--redis or --publish");
        if (a.sockets % a.users != 0)
            throw CLI::ValidationError("--users", "each has as many sockets as the others");
    }
    catch (const CLI::ParseError& e)
    {
        return arguments.exit(e) == 0 ? 0 : 2;
    }
    try
    {
        run(a);
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-events: " << e.what() << '\n';
        return 1;
    }
}
