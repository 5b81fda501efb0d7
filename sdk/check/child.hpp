// Runs one trial in a forked child, so that whatever the plugin does there is seen and not suffered.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vn::check {

// What a trial tells its parent.
struct record
{
    char kind; // 'P' problem, 'N' note, 'O' offer: kind, name, detail and help with \t between
    std::string text;
};

// The child's way to its parent. Several threads may use it.
class voice
{
    int pipe_;
    char* place_; // place_size bytes, and one that says finished; shared with the parent

    void send(char kind, std::string_view text);

public:
    static constexpr std::size_t place_size = 256;

    voice(int pipe, char* place) : pipe_(pipe), place_(place) {}

    void problem(std::string_view text) { send('P', text); }
    void note(std::string_view text) { send('N', text); }
    void offer(std::string_view text) { send('O', text); }
    void finished();

    // What is being done, for the message if it never ends.
    void at(std::string_view what);
};

struct outcome
{
    std::vector<record> records; // with a problem added for every end but the normal one
    bool returned = false;       // the trial came to its end
};

// The trial may throw std::exception: a problem. memory_mb limits what the child may allocate, where no sanitizer is at
// work. Takes at most the time limit, and a second.
outcome run_in_child(const std::function<void(voice&)>& trial, std::chrono::milliseconds limit, std::size_t memory_mb);

// The bytes that this process has allocated, about.
std::size_t memory_in_use();

} // namespace vn::check
