// How often one address may come: a bucket of tokens for each, filled evenly. I/O thread only.
#pragma once

#include "api/client_address.hpp"
#include "core/async.hpp"

#include <list>
#include <map>

namespace vn {

struct handshake_rate_settings
{
    // 0: as often as it likes.
    std::size_t per_second = 50;
    // At once, after a silence; at least 1.
    std::size_t burst = 500;
};

class handshake_rate
{
    struct bucket
    {
        client_address address;
        double tokens;
        clock::time_point last;
    };
    // Who came last stands last; those whose bucket is full again are as good as unknown, and forgotten.
    std::list<bucket> buckets_;
    std::map<client_address, std::list<bucket>::iterator> by_address_;
    handshake_rate_settings settings_;

public:
    // Of more addresses than these, those are forgotten first that did not come for longest.
    static constexpr std::size_t most = 20'000;

    explicit handshake_rate(handshake_rate_settings s) : settings_(s) {}

    // False: it has come too often. A second later it may come again.
    bool take(client_address a, clock::time_point now);

    std::size_t known() const noexcept { return buckets_.size(); }

private:
    void forget_first();
};

} // namespace vn
