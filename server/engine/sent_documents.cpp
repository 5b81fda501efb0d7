#include "engine/sent_documents.hpp"

#include "redis/keys.hpp"

namespace vn {

void sent_documents::add(std::string key, std::string_view document)
{
    if (document.size() > most_bytes_)
        return;
    const auto [at, is_new] = documents_.try_emplace(key);
    bytes_ += document.size() - at->second.size();
    at->second = document;
    if (is_new)
        order_.push_back(std::move(key));
    while (bytes_ > most_bytes_ || order_.size() > 2 * documents_.size() + 1'000)
    {
        if (const auto oldest = documents_.find(order_.front()); oldest != documents_.end())
            remove(oldest);
        order_.pop_front();
    }
}

std::optional<std::string> sent_documents::take(std::string_view key)
{
    const auto at = documents_.find(key);
    if (at == documents_.end())
        return std::nullopt;
    std::optional<std::string> document(std::move(at->second));
    bytes_ -= document->size();
    documents_.erase(at);
    if (documents_.empty())
        order_.clear();
    return document;
}

void sent_documents::forget(std::string_view request_id)
{
    const auto prefix = redis::keys::tasks_of(request_id);
    for (auto at = documents_.lower_bound(prefix); at != documents_.end() && at->first.starts_with(prefix);)
        remove(at++);
}

void sent_documents::remove(documents::iterator at)
{
    bytes_ -= at->second.size();
    documents_.erase(at);
}

} // namespace vn
