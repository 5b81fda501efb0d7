#include "bench/bare_call.hpp"

#include <cstdint>
#include <string_view>

namespace vn::bench {

namespace {

vn_bytes bytes(std::string_view text)
{
    return {text.data(), text.size()};
}

} // namespace

vn_call bare_call(const std::string& document, std::string& output)
{
    vn_call c{};
    c.struct_size = sizeof c;
    c.attempt = c.task_number = 1;
    c.deadline_ms = -1;
    c.impl = &output;
    c.name = bytes("noop");
    c.payload = bytes(document);
    c.cancelled = [](const vn_call*) { return std::int32_t{0}; };
    c.time_left = [](const vn_call*) { return std::int64_t{-1}; };
    c.write = [](vn_call* call, vn_bytes chunk) {
        static_cast<std::string*>(call->impl)->append(chunk.data, chunk.size);
        return vn_status{VN_OK};
    };
    c.fail = [](vn_call*, vn_bytes) {};
    c.progress = [](vn_call*, double, vn_bytes) {};
    return c;
}

} // namespace vn::bench
