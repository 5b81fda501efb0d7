// An answer that goes on: chunks of a body whose end is not known.
#pragma once

#include "http/connection.hpp"
#include "http/push.hpp"

namespace vn::http {

// Behind the head of the answer. chunked: false for HTTP/1.0, where the body ends with the connection. The peer has
// nothing more to say: what it sends is dropped, within bounds.
std::shared_ptr<push_transport> make_chunks(stream_socket socket, bool chunked, std::shared_ptr<push_source> source,
                                            const push_settings& settings);

} // namespace vn::http
