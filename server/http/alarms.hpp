// Alerts that are raised when their time has come: many, with one timer. I/O thread only.
#pragma once

#include "core/alert.hpp"

#include <map>

namespace vn::http {

class alarms
{
public:
    explicit alarms(asio::any_io_executor ex) : timer_(std::move(ex)) {}
    alarms(const alarms&) = delete;

    // Until cancelled; it raises nothing more then. Spawned once.
    awaitable<void> run();

    class one;

private:
    using times = std::multimap<clock::time_point, one*>;

    void raise_those_due();

    times times_;
    asio::steady_timer timer_;
};

// Raises one alert, at one time. All and alert outlive it.
class alarms::one
{
    alarms& all_;
    alert& alert_;
    times::iterator place_;
    bool is_set_ = false;
    friend alarms;

public:
    one(alarms& all, alert& f) : all_(all), alert_(f) {}
    one(const one&) = delete;
    ~one() { unset(); }

    // Raises it then; earlier, if it was set to an earlier time.
    void set(clock::time_point at);

private:
    void unset();
};

} // namespace vn::http
