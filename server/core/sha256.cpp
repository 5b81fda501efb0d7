#include "core/sha256.hpp"

#include <openssl/evp.h>

namespace vn {

std::string sha256_hex(std::string_view text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha256(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (unsigned i = 0; i < length; ++i)
        hex.append(1, digits[digest[i] >> 4]).append(1, digits[digest[i] & 15]);
    return hex;
}

} // namespace vn
