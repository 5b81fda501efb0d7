#include "domain/document_fetcher.hpp"

namespace vn {

std::string uri_scheme(std::string_view uri)
{
    const auto end = uri.find(':');
    if (end == uri.npos || end == 0)
        return {};
    std::string scheme(uri.substr(0, end));
    for (char& c : scheme)
    {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
        const bool letter = c >= 'a' && c <= 'z';
        if (!letter && (&c == scheme.data() || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
            return {};
    }
    return scheme;
}

void document_fetchers::add(std::string scheme, const document_fetcher& fetcher)
{
    fetchers_[std::move(scheme)] = &fetcher;
}

result<std::string, failure> document_fetchers::blocking_fetch(const std::string& uri) const
{
    auto scheme = uri_scheme(uri);
    if (scheme.empty())
        scheme = "file";
    if (const auto found = fetchers_.find(scheme); found != fetchers_.end())
        return found->second->blocking_fetch(uri);

    std::shared_ptr<const document_fetcher> other;
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = published_.find(scheme); found != published_.end())
            other = found->second;
    }
    if (!other)
        return failure{.code = "no-fetcher", .message = "No fetcher available to handle URI '" + uri + "'."};
    return other->blocking_fetch(uri);
}

void document_fetchers::publish(published fetchers)
{
    const std::lock_guard lock(mutex_);
    published_.swap(fetchers);
}

} // namespace vn
