#include "ctl/client.hpp"

#include <curl/curl.h>

#include <algorithm>

namespace vn::ctl {

namespace {

constexpr std::size_t most_body = 1ull << 30;
constexpr long connect_ms = 10'000;

std::size_t take(char* data, std::size_t, std::size_t size, void* into)
{
    auto& body = *static_cast<std::string*>(into);
    if (body.size() + size > most_body)
        return 0;
    body.append(data, size);
    return size;
}

} // namespace

client::client(std::string url, std::string user) : url_(std::move(url)), user_(std::move(user)), curl_(nullptr)
{
    while (url_.ends_with('/'))
        url_.pop_back();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    curl_ = curl_easy_init();
}

client::~client()
{
    curl_easy_cleanup(curl_);
    curl_global_cleanup();
}

answer client::get(const std::string& path, std::chrono::milliseconds limit)
{
    return perform("GET", path, nullptr, limit);
}

answer client::post_xml(const std::string& path, const std::string& body, std::chrono::milliseconds limit)
{
    return perform("POST", path, &body, limit);
}

answer client::call(const std::string& method, const std::string& path, std::chrono::milliseconds limit)
{
    return perform(method.c_str(), path, nullptr, limit);
}

answer client::perform(const char* method, const std::string& path, const std::string* body,
                       std::chrono::milliseconds limit)
{
    answer out;
    const auto url = url_ + path;
    char why[CURL_ERROR_SIZE] = "";
    curl_easy_reset(curl_);
    curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl_, CURLOPT_USERAGENT, "vnctl");
    curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, why);
    curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
    curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<long long>(limit.count(), 1)));
    curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &out.body);
    curl_slist* headers = nullptr;
    if (!user_.empty())
        headers = curl_slist_append(headers, ("X-User-ID: " + user_).c_str());
    if (!body)
        curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, method);
    if (body)
    {
        // Without Expect: large documents go at once.
        headers = curl_slist_append(headers, "Content-Type: application/xml");
        headers = curl_slist_append(headers, "Expect:");
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, body->data());
        curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body->size()));
    }
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
    const auto code = curl_easy_perform(curl_);
    curl_slist_free_all(headers);
    curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, nullptr);
    curl_easy_setopt(curl_, CURLOPT_ERRORBUFFER, nullptr);
    if (code == CURLE_OK)
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &out.status);
    else
    {
        // Not reached is not timed out, however long it took.
        curl_off_t connected = 0;
        curl_easy_getinfo(curl_, CURLINFO_CONNECT_TIME_T, &connected);
        out.timed_out = code == CURLE_OPERATION_TIMEDOUT && connected > 0;
        out.why = *why ? why : curl_easy_strerror(code);
    }
    return out;
}

} // namespace vn::ctl
