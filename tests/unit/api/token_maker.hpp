// Makes keys and tokens as an issuer does, for the tests of who may listen.
#pragma once

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace vn::test {

inline std::string base64url(std::string_view bytes)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    std::uint32_t held = 0;
    int bits = 0;
    for (const char c : bytes)
    {
        held = held << 8 | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6)
            out += digits[held >> (bits - 6) & 63];
    }
    if (bits > 0)
        out += digits[held << (6 - bits) & 63];
    return out;
}

// Who can sign with one key.
class signer
{
    std::string secret_;
    std::shared_ptr<EVP_PKEY> key_;

    static std::string of(const BIGNUM* n, std::size_t size)
    {
        std::string out(size, '\0');
        BN_bn2binpad(n, reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size));
        return out;
    }
    std::string number(const char* name, std::size_t size) const
    {
        BIGNUM* n = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &n);
        const std::unique_ptr<BIGNUM, decltype(&BN_free)> freed(n, BN_free);
        return of(n, size);
    }
    bool is_rsa() const { return EVP_PKEY_get_base_id(key_.get()) == EVP_PKEY_RSA; }

public:
    static signer with_secret(std::string secret)
    {
        signer s;
        s.secret_ = std::move(secret);
        return s;
    }
    static signer with_rsa(unsigned bits)
    {
        signer s;
        s.key_ = {EVP_RSA_gen(bits), EVP_PKEY_free};
        return s;
    }
    static signer with_curve(const char* curve)
    {
        signer s;
        s.key_ = {EVP_EC_gen(curve), EVP_PKEY_free};
        return s;
    }

    const std::string& secret() const { return secret_; }

    std::string pem(bool is_public = true) const
    {
        const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
        if (is_public)
            PEM_write_bio_PUBKEY(out.get(), key_.get());
        else
            PEM_write_bio_PrivateKey(out.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
        char* text = nullptr;
        const auto length = BIO_get_mem_data(out.get(), &text);
        return {text, static_cast<std::size_t>(length)};
    }

    std::string der() const
    {
        unsigned char* bytes = nullptr;
        const int length = i2d_PUBKEY(key_.get(), &bytes);
        std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
        OPENSSL_free(bytes);
        return out;
    }

    // more: further members, each with a comma before it.
    std::string jwk(const std::string& more = "") const
    {
        if (!key_)
            return R"({"kty":"oct","k":")" + base64url(secret_) + "\"" + more + "}";
        if (is_rsa())
            return R"({"kty":"RSA","n":")" +
                   base64url(
                       number(OSSL_PKEY_PARAM_RSA_N, static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get())) / 8)) +
                   R"(","e":"AQAB")" + more + "}";
        const auto size = (static_cast<std::size_t>(EVP_PKEY_get_bits(key_.get())) + 7) / 8;
        return R"({"kty":"EC","crv":"P-)" + std::to_string(EVP_PKEY_get_bits(key_.get())) + R"(","x":")" +
               base64url(number(OSSL_PKEY_PARAM_EC_PUB_X, size)) + R"(","y":")" +
               base64url(number(OSSL_PKEY_PARAM_EC_PUB_Y, size)) + "\"" + more + "}";
    }

    // As OpenSSL makes it; raw: as tokens have it.
    std::string signature(std::string_view text, bool raw = true) const
    {
        std::string out(1024, '\0');
        std::size_t length = out.size();
        auto* bytes = reinterpret_cast<unsigned char*>(out.data());
        const auto* from = reinterpret_cast<const unsigned char*>(text.data());
        if (!key_)
        {
            unsigned n = 0;
            HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), from, text.size(), bytes, &n);
            return out.substr(0, n);
        }
        const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get());
        EVP_DigestSign(context.get(), bytes, &length, from, text.size());
        out.resize(length);
        if (is_rsa() || !raw)
            return out;
        const unsigned char* der = bytes;
        const std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(
            d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(length)), ECDSA_SIG_free);
        return of(ECDSA_SIG_get0_r(both.get()), 32) + of(ECDSA_SIG_get0_s(both.get()), 32);
    }

    std::string token(const std::string& header, const std::string& claims) const
    {
        const auto text = base64url(header) + "." + base64url(claims);
        return text + "." + base64url(signature(text));
    }
};

// Each is made once: that of RSA takes its time.
inline const signer& hs()
{
    static const auto s = signer::with_secret("a secret of thirty-two bytes, ok");
    return s;
}
inline const signer& rs()
{
    static const auto s = signer::with_rsa(2048);
    return s;
}
inline const signer& es()
{
    static const auto s = signer::with_curve("P-256");
    return s;
}

} // namespace vn::test
