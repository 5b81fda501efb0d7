#include "http/onward.hpp"

#include "http/chunks.hpp"

namespace vn::http {

awaitable<std::shared_ptr<push_transport>> open(std::unique_ptr<onward> how, const push_settings& settings)
{
    if (!how->is_socket)
        co_return make_chunks(std::move(*how->socket), how->chunked, std::move(how->source), settings);
    auto made =
        co_await open_websocket(std::move(*how->socket), std::move(how->opening), std::move(how->source), settings);
    co_return made;
}

} // namespace vn::http
