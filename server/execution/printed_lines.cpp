#include "execution/printed_lines.hpp"

#include <algorithm>
#include <chrono>

namespace vn {

namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_shown = 300;

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const auto begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

} // namespace

void printed_lines::add(std::string_view bytes)
{
    while (!bytes.empty())
    {
        const auto end = bytes.find('\n');
        const auto part = bytes.substr(0, end);
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
        if (!skips_)
            begun_.append(part.substr(0, longest_line - begun_.size()));
        if (end == std::string_view::npos && begun_.size() < longest_line)
            return;
        if (!skips_)
            line(begun_);
        begun_.clear();
        // Of a line that is too long the rest is passed over.
        skips_ = end == std::string_view::npos;
    }
}

void printed_lines::end()
{
    if (!begun_.empty())
        line(begun_);
    begun_.clear();
    skips_ = false;
    if (dropped_ > 0)
        log::warning("a plugin printed more than is logged", {{"plugin", plugin_}, {"lines_dropped", dropped_}});
    dropped_ = 0;
}

void printed_lines::line(std::string_view text)
{
    text = trimmed(text);
    if (text.empty())
        return;
    last_.assign(text.substr(0, longest_shown));
    log(log::level::info, text);
}

void printed_lines::log(log::level level, std::string_view text)
{
    if (const auto now = clock::now(); now - since_ > std::chrono::minutes(1))
    {
        if (dropped_ > 0)
            log::warning("a plugin printed more than is logged", {{"plugin", plugin_}, {"lines_dropped", dropped_}});
        dropped_ = 0;
        used_ = 0;
        since_ = now;
    }
    if (used_ + text.size() > share_)
    {
        ++dropped_;
        return;
    }
    used_ += text.size();
    log::write(level, "a plugin says", {{"plugin", plugin_}, {"text", text}});
}

} // namespace vn
