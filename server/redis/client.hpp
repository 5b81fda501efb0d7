// What the server says to Redis apart from blocking reads: commands, scripts and values of any size. I/O thread only.
#pragma once

#include "redis/connection.hpp"
#include "redis/scripts.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn::redis {

// The arguments of a script, in order.
class arguments
{
    std::vector<std::string> list_;

public:
    arguments& operator<<(std::string_view text)
    {
        list_.emplace_back(text);
        return *this;
    }
    arguments& operator<<(const char* text) { return *this << std::string_view(text); }
    arguments& operator<<(std::string&& text)
    {
        list_.push_back(std::move(text));
        return *this;
    }
    arguments& operator<<(const std::string& text) { return *this << std::string_view(text); }
    template <class Integer>
        requires std::is_integral_v<Integer>
    arguments& operator<<(Integer n)
    {
        list_.push_back(std::to_string(n));
        return *this;
    }

    const std::vector<std::string>& list() const noexcept { return list_; }
};

// Small things share one connection; large values travel on another one, so that nobody waits behind them.
class client
{
public:
    client(asio::any_io_executor ex, const endpoint& where, const settings& s);

    // The two connections; each is spawned once.
    awaitable<void> run_commands() { return commands_.run(); }
    awaitable<void> run_bulk() { return bulk_.run(); }

    awaitable<result<reply>> exec(const command& c) { return commands_.exec(c); }
    // args lives until the call ends. if_connected: errc::unavailable at once if there is no connection.
    awaitable<result<reply>> run(const script& s, const arguments& args, bool if_connected = false);

    // In the order of keys; nullopt: there is no such key, or its value is empty.
    awaitable<result<std::vector<std::optional<std::string>>>> get_all(std::vector<std::string> keys);
    // The same, but a key that holds something else than a text is like one that is not there: for documents of
    // different owners, who must not suffer for each other.
    awaitable<result<std::vector<std::optional<std::string>>>> get_texts(std::vector<std::string> keys);
    awaitable<result<std::optional<std::string>>> get(std::string key);

    enum class room
    {
        refused_if_full, // new work
        always           // running work can end then, and empties Redis (R1)
    };
    // What is too large to travel with a script is stored before, for ten minutes: text becomes the name of that part,
    // which scripts take in place of a text. Others are left as they are. unique: as keys::part() wants it.
    awaitable<error_code> set_apart_if_large(std::string unique, std::string& text, room needed);
    bool is_large(std::string_view text) const noexcept { return text.size() > settings_.bulk_bytes; }

    // The script that Redis refused lately because its user lacks a right; empty: none.
    std::string_view denied_script() const noexcept;

    // The one that is not for large values.
    connection& commands() noexcept { return commands_; }

    bool is_up() const noexcept { return commands_.is_up(); }
    error_code why_down() const noexcept { return commands_.why_down(); }
    unsigned long generation() const noexcept { return commands_.generation(); }
    const settings& how() const noexcept { return settings_; }

private:
    awaitable<result<long long>> append(const std::string& key, std::size_t from, std::string_view piece,
                                        bool by_force);
    awaitable<result<reply>> run_on(connection& where, const script& s, const arguments& args, bool if_connected);

    settings settings_;
    connection commands_;
    connection bulk_;
    std::string_view denied_;
    clock::time_point denied_until_{};
};

} // namespace vn::redis
