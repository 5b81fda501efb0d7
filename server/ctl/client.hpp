// Calls of the server's HTTP API.
#pragma once

#include <chrono>
#include <string>

namespace vn::ctl {

struct answer
{
    // 0: there is none, and why says why.
    long status = 0;
    bool timed_out = false;
    std::string why;
    std::string body;
};

class client
{
public:
    // url: http(s)://host:port, with or without a path before the server's own. user: who calls, as the server's audit
    // has it; may be empty.
    client(std::string url, std::string user);
    client(const client&) = delete;
    ~client();

    answer get(const std::string& path, std::chrono::milliseconds limit = std::chrono::seconds(30));
    // Without a body. method: POST, DELETE.
    answer call(const std::string& method, const std::string& path,
                std::chrono::milliseconds limit = std::chrono::seconds(30));
    answer post_xml(const std::string& path, const std::string& body, std::chrono::milliseconds limit);

    const std::string& url() const { return url_; }

private:
    answer perform(const char* method, const std::string& path, const std::string* body,
                   std::chrono::milliseconds limit);

    std::string url_;
    std::string user_;
    void* curl_;
};

} // namespace vn::ctl
