#include "api/token_key_store.hpp"

#include "core/log.hpp"

#include <cstdio>
#include <optional>
#include <stdexcept>

namespace vn {

namespace {

constexpr std::size_t largest_file = 1024 * 1024;

// Nothing if it cannot be read, is too large, or would have to be waited for.
std::optional<std::string> blocking_content(const std::string& path)
{
    struct stat info;
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode))
        return std::nullopt;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (!file)
        return std::nullopt;
    std::string text(largest_file + 1, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file.get()));
    if (std::ferror(file.get()) || text.size() > largest_file)
        return std::nullopt;
    return text;
}

token_keys::outcome blocking_add(token_keys& keys, const std::string& path, bool is_secret)
{
    if (path.empty())
        return {};
    const auto text = blocking_content(path);
    if (!text)
        return key_refusal{path + " cannot be read, or is no file of at most 1 MB"};
    auto added = is_secret ? keys.add_secret(*text) : keys.add_public(*text);
    if (!added)
        return key_refusal{path + ": " + added.error().reason};
    return {};
}

token_key_store::stamp blocking_stamp(const std::string& path)
{
    struct stat info;
    if (path.empty() || ::stat(path.c_str(), &info) != 0)
        return {};
    return {info.st_mtim, info.st_ino, info.st_size};
}

} // namespace

boost::system::result<token_keys, key_refusal> blocking_read_keys(const token_key_settings& s)
{
    token_keys keys;
    if (auto added = blocking_add(keys, s.secret_file, true); !added)
        return added.error();
    if (auto added = blocking_add(keys, s.public_file, false); !added)
        return added.error();
    return keys;
}

token_key_store::token_key_store(token_key_settings s) : settings_(std::move(s)), seen_(blocking_stamps())
{
    auto keys = blocking_read_keys(settings_);
    if (!keys)
        throw std::runtime_error("the keys of tokens cannot be used: " + keys.error().reason);
    keys_ = std::move(*keys);
}

token_key_store::stamps token_key_store::blocking_stamps() const
{
    return {blocking_stamp(settings_.secret_file), blocking_stamp(settings_.public_file)};
}

awaitable<void> token_key_store::run(asio::thread_pool& pool)
{
    using found = std::optional<boost::system::result<token_keys, key_refusal>>;
    for (;;)
    {
        co_await pause_for(settings_.look);
        // Looked at before it is read: what is written meanwhile shows as another change.
        auto now = co_await on_pool(pool, [this] { return blocking_stamps(); });
        if (now == seen_)
            continue;
        seen_ = now;
        auto keys = co_await on_pool(pool, [this]() -> found { return blocking_read_keys(settings_); });
        if (!*keys)
        {
            log::error("the keys of tokens have changed and cannot be used: those from before stay",
                       {{"reason", keys->error().reason}});
            continue;
        }
        keys_ = std::move(**keys);
        log::info("the keys of tokens were read again", {{"count", keys_.size()}});
    }
}

} // namespace vn
