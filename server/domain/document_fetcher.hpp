// Where documents that an href names come from: one fetcher for each scheme.
#pragma once

#include "core/error.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace vn {

// Blocking; called on pool threads, several at once. Implementations bound time and size themselves.
class document_fetcher
{
public:
    virtual ~document_fetcher() = default;

    // The bytes of the document. Codes: document-missing (also for what may not be read), document-too-large,
    // document-timeout, document-unavailable.
    virtual result<std::string, failure> blocking_fetch(const std::string& uri) const = 0;
};

// The table of schemes. A value without a scheme is looked up as "file".
class document_fetchers
{
public:
    using published = std::map<std::string, std::shared_ptr<const document_fetcher>, std::less<>>;

    // Before requests run.
    // scheme in lower case, without ':'. The fetcher is borrowed. A later one for the same scheme replaces.
    void add(std::string scheme, const document_fetcher& fetcher);

    // Any thread, while requests run: replaces what was published before, by scheme. What was added goes first.
    void publish(published fetchers);

    // Code no-fetcher for a scheme nobody handles, else as the fetcher says.
    result<std::string, failure> blocking_fetch(const std::string& uri) const;

private:
    std::map<std::string, const document_fetcher*, std::less<>> fetchers_;
    mutable std::mutex mutex_;
    published published_;
};

// "file" of "file:a/b.xml"; empty where there is none. Lower case.
std::string uri_scheme(std::string_view uri);

} // namespace vn
