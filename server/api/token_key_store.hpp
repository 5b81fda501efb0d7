// The keys of tokens that count now: read at the start, and again when their files have changed. I/O thread only.
#pragma once

#include "api/token_keys.hpp"
#include "core/async.hpp"

#include <sys/stat.h>

#include <array>
#include <chrono>
#include <memory>
#include <string>

namespace vn {

struct token_key_settings
{
    // A secret; PEM or a JSON Web Key Set. Empty: there is no such file. Both may be there.
    std::string secret_file;
    std::string public_file;
    // How often they are looked at.
    std::chrono::milliseconds look{10'000};
};

// The reason names the file. Blocking.
boost::system::result<token_keys, key_refusal> blocking_read_keys(const token_key_settings& s);

class token_key_store
{
public:
    // What tells that a file is another one.
    struct stamp
    {
        ::timespec changed{};
        ::ino_t number = 0;
        ::off_t size = -1; // there is none

        bool operator==(const stamp& o) const noexcept
        {
            return changed.tv_sec == o.changed.tv_sec && changed.tv_nsec == o.changed.tv_nsec && number == o.number &&
                   size == o.size;
        }
    };

    // Blocking; throws std::runtime_error if the keys cannot be used.
    explicit token_key_store(token_key_settings s);

    // Whether tokens are used at all.
    bool is_in_use() const noexcept { return !settings_.secret_file.empty() || !settings_.public_file.empty(); }
    const token_keys& current() const noexcept { return keys_; }

    // Until cancelled. Files that cannot be used are told of once; the keys from before stay.
    awaitable<void> run(asio::thread_pool& pool);

private:
    using stamps = std::array<stamp, 2>;
    stamps blocking_stamps() const;

    token_key_settings settings_;
    stamps seen_;
    token_keys keys_;
};

} // namespace vn
