// SHA-256, as 64 hexadecimal digits.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace vn {

std::string sha256_hex(std::string_view text);

// The same for what comes in pieces.
class sha256_digest
{
    struct state;
    std::unique_ptr<state> state_;

public:
    sha256_digest();
    ~sha256_digest();

    void add(std::string_view piece);
    // Once, at the end.
    std::string hex();
};

} // namespace vn
