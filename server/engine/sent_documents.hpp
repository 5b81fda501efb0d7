// Documents of tasks that this node has dispatched a moment ago: its own workers need not ask Redis for them. Bounded
// in bytes, the oldest go first. I/O thread only.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace vn {

class sent_documents
{
public:
    // most_bytes: 0 where nobody takes any.
    explicit sent_documents(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    // What Redis has under this key.
    void add(std::string key, std::string_view document);
    // Once.
    std::optional<std::string> take(std::string_view key);
    // The request has ended: what Redis has of it may be gone.
    void forget(std::string_view request_id);

    std::size_t bytes() const noexcept { return bytes_; }

private:
    using documents = std::map<std::string, std::string, std::less<>>;

    void remove(documents::iterator at);

    const std::size_t most_bytes_;
    documents documents_;
    std::deque<std::string> order_; // keys as they came, also those that are gone
    std::size_t bytes_ = 0;
};

} // namespace vn
