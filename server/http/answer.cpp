#include "http/answer.hpp"

#include "http/fields.hpp"

#include <boost/beast/http/status.hpp>

#include <chrono>
#include <cstdio>

namespace vn::http {

namespace {

// Sun, 06 Nov 1994 08:49:37 GMT; made once a second.
std::string_view date_text()
{
    using namespace std::chrono;
    static constexpr const char* days_of_week[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    thread_local sys_seconds made{};
    thread_local char text[40];

    const auto now = floor<seconds>(system_clock::now());
    if (now != made)
    {
        made = now;
        const auto day = floor<days>(now);
        const year_month_day date(day);
        const hh_mm_ss time(now - day);
        std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", days_of_week[weekday(day).c_encoding()],
                      unsigned(date.day()), months[unsigned(date.month()) - 1], int(date.year()),
                      int(time.hours().count()), int(time.minutes().count()), int(time.seconds().count()));
    }
    return text;
}

// Whoever wrote the value: it cannot begin another field.
void append_value(std::string& out, std::string_view value)
{
    for (const char c : value)
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
}

void append_field(std::string& out, std::string_view name, std::string_view value)
{
    out.append(name).append(": ");
    append_value(out, value);
    out += "\r\n";
}

bool is_ours(std::string_view name)
{
    return same_text(name, "content-length") || same_text(name, "transfer-encoding") || same_text(name, "connection") ||
           same_text(name, "x-request-id");
}

} // namespace

bool may_have_body(unsigned status) noexcept
{
    return status >= 200 && status != 204 && status != 304;
}

std::string answer_head(const reply& out, const answer_frame& frame)
{
    std::string head;
    head.reserve(320);
    const auto reason = boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(out.status));
    head.append("HTTP/1.1 ").append(std::to_string(out.status)).append(" ").append(reason).append("\r\n");
    head.append("Server: vnserver\r\nDate: ").append(date_text()).append("\r\n");
    append_field(head, "X-Request-Id", frame.request_id);

    bool cache_said = false;
    for (const auto& [name, value] : out.headers)
    {
        if (is_ours(name))
            continue;
        cache_said = cache_said || same_text(name, "cache-control");
        append_field(head, name, value);
    }
    if (!cache_said)
        head += "Cache-Control: no-store\r\n";
    if (may_have_body(out.status))
    {
        if (!out.content_type.empty())
            append_field(head, "Content-Type", out.content_type);
        if (!out.push)
            append_field(head, "Content-Length", std::to_string(out.body.size()));
        else if (!frame.old)
            head += "Transfer-Encoding: chunked\r\n";
    }
    if (frame.last)
        head += "Connection: close\r\n";
    else if (frame.old)
        head += "Connection: keep-alive\r\n";
    head += "\r\n";
    return head;
}

} // namespace vn::http
