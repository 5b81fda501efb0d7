#include "redis/scripts.hpp"

#include <openssl/evp.h>

namespace vn::redis {

script::script(std::string_view name, std::string_view text) : name_(name), text_(text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(text.data(), text.size(), digest, &length, EVP_sha1(), nullptr);
    constexpr std::string_view digits = "0123456789abcdef";
    for (unsigned i = 0; i < length; ++i)
        sha_.append(1, digits[digest[i] >> 4]).append(1, digits[digest[i] & 15]);
}

} // namespace vn::redis
