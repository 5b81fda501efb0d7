// Runs work on documents where it does no harm: short and certain work in place, all else on a pool. I/O thread only.
#pragma once

#include "core/async.hpp"

#include <cstddef>
#include <string_view>

namespace vn {

class document_work
{
    asio::thread_pool& pool_;

public:
    // The pool outlives every call.
    explicit document_work(asio::thread_pool& pool) : pool_(pool) {}

    // work() may refer to the caller's frame: it has ended when this returns or throws.
    template <class Work>
    awaitable<std::invoke_result_t<Work&>> run(bool in_place, Work work)
    {
        if (in_place)
            co_return work();
        co_return co_await on_pool(pool_, [&work] {
            give_way();
            return work();
        });
    }

private:
    // The thread that calls it goes behind the others from now on where there are more of them than cores: large
    // documents take their time, small requests must not wait for it.
    static void give_way() noexcept;
};

// More than this is never light.
inline constexpr std::size_t light_bytes = 32 * 1024;

// Whether reading and hydrating such a document surely takes less than about a millisecond: it is small, fetches
// nothing, has no expression that looks at more than one path, and what its selects copy is not much in all.
bool is_light(std::string_view document) noexcept;

} // namespace vn
