#include "core/sha256.hpp"

#include <openssl/evp.h>

namespace vn {

struct sha256_digest::state
{
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    state() { EVP_DigestInit_ex(context, EVP_sha256(), nullptr); }
    state(const state&) = delete;
    ~state() { EVP_MD_CTX_free(context); }
};

sha256_digest::sha256_digest() : state_(std::make_unique<state>()) {}
sha256_digest::~sha256_digest() = default;

void sha256_digest::add(std::string_view piece)
{
    EVP_DigestUpdate(state_->context, piece.data(), piece.size());
}

std::string sha256_digest::hex()
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_DigestFinal_ex(state_->context, digest, &length);
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (unsigned i = 0; i < length; ++i)
        text.append(1, digits[digest[i] >> 4]).append(1, digits[digest[i] & 15]);
    return text;
}

std::string sha256_hex(std::string_view text)
{
    sha256_digest digest;
    digest.add(text);
    return digest.hex();
}

} // namespace vn
