#include "api/handshake_rate.hpp"

#include <algorithm>

namespace vn {

namespace {

using seconds = std::chrono::duration<double>;

} // namespace

bool handshake_rate::take(client_address a, clock::time_point now)
{
    if (settings_.per_second == 0)
        return true;
    const auto rate = static_cast<double>(settings_.per_second);
    const auto full = static_cast<double>(settings_.burst);
    while (!buckets_.empty() && now - buckets_.front().last >= seconds(full / rate))
        forget_first();
    auto found = by_address_.find(a);
    if (found == by_address_.end())
    {
        if (buckets_.size() == most)
            forget_first();
        found = by_address_.emplace(a, buckets_.insert(buckets_.end(), {a, full, now})).first;
    }
    auto& b = *found->second;
    buckets_.splice(buckets_.end(), buckets_, found->second);
    b.tokens = std::min(full, b.tokens + seconds(now - b.last).count() * rate);
    b.last = now;
    if (b.tokens < 1)
        return false;
    b.tokens -= 1;
    return true;
}

void handshake_rate::forget_first()
{
    by_address_.erase(buckets_.front().address);
    buckets_.pop_front();
}

} // namespace vn
