#include "core/signature_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <stdexcept>

namespace vn {

namespace {

constexpr std::size_t shortest_secret = 32;
constexpr std::size_t p256_bytes = 32;
constexpr int fewest_rsa_bits = 2048;
constexpr int most_rsa_bits = 8192; // the time of a check grows with the square
constexpr std::string_view p256 = "prime256v1";

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* what) const
    {
        Free(what);
    }
};

template <class T, auto Free>
using owned = std::unique_ptr<T, freed_by<Free>>;

void free_text(void* text)
{
    OPENSSL_free(text);
}

using key_ptr = owned<EVP_PKEY, EVP_PKEY_free>;
using number_ptr = owned<BIGNUM, BN_free>;

// What OpenSSL notes about a failure is for the thread: TLS would read it as its own.
struct no_trace
{
    ~no_trace() { ERR_clear_error(); }
};

const unsigned char* bytes(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

number_ptr number(std::string_view big_endian)
{
    return number_ptr(BN_bin2bn(bytes(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

key_ptr made_of(const char* type, OSSL_PARAM_BLD* parts)
{
    const owned<OSSL_PARAM, OSSL_PARAM_free> parameters(OSSL_PARAM_BLD_to_param(parts));
    const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1)
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, parameters.get());
    return key_ptr(made);
}

bool is_sound(EVP_PKEY* key)
{
    const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new(key, nullptr));
    return context && EVP_PKEY_public_check(context.get()) == 1;
}

bool is_p256(EVP_PKEY* key)
{
    std::array<char, 64> name{};
    std::size_t length = 0;
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) == 1 &&
           std::string_view(name.data(), length) == p256;
}

std::string_view why_not(EVP_PKEY* key)
{
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
    {
        const int bits = EVP_PKEY_get_bits(key);
        if (bits < fewest_rsa_bits || bits > most_rsa_bits)
            return "an RSA key has to have 2048 to 8192 bits";
    }
    else if (!is_p256(key))
        return "a public key has to be one of RSA or of the curve P-256";
    return is_sound(key) ? std::string_view() : "the numbers of the key are not right";
}

// Of r and s, as OpenSSL wants them; empty if that cannot be.
std::string as_der(std::string_view r_and_s)
{
    if (r_and_s.size() != 2 * p256_bytes)
        return {};
    auto r = number(r_and_s.substr(0, p256_bytes));
    auto s = number(r_and_s.substr(p256_bytes));
    const owned<ECDSA_SIG, ECDSA_SIG_free> both(ECDSA_SIG_new());
    if (!r || !s || !both || ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1)
        return {};
    // They are the signature's now.
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(both.get(), &der);
    std::string out(reinterpret_cast<const char*>(der), length > 0 ? static_cast<std::size_t>(length) : 0);
    OPENSSL_free(der);
    return out;
}

} // namespace

struct signature_key::content
{
    std::string secret;
    key_ptr key;
};

signature_key::signature_key(signature_algorithm a, std::shared_ptr<const content> c)
    : algorithm_(a), content_(std::move(c))
{}

std::string_view name_of(signature_algorithm a) noexcept
{
    switch (a)
    {
    case signature_algorithm::hs256:
        return "HS256";
    case signature_algorithm::rs256:
        return "RS256";
    case signature_algorithm::es256:
        return "ES256";
    }
    return {};
}

signature_key::outcome signature_key::of_secret(std::string_view secret)
{
    const no_trace at_the_end;
    if (secret.size() < shortest_secret)
        return key_refusal{"a secret has to have 32 bytes or more"};
    const auto* der = bytes(secret);
    const key_ptr known_to_all(d2i_PUBKEY(nullptr, &der, static_cast<long>(secret.size())));
    if (known_to_all || secret.find("-----BEGIN ") != std::string_view::npos)
        return key_refusal{"a secret cannot be a key of another kind"};
    return signature_key(signature_algorithm::hs256, std::make_shared<const content>(std::string(secret), nullptr));
}

signature_key::outcome signature_key::of_rsa(std::string_view modulus, std::string_view exponent)
{
    const no_trace at_the_end;
    if (modulus.size() > most_rsa_bits / 8 || exponent.size() > p256_bytes)
        return key_refusal{"an RSA key has to have 2048 to 8192 bits"};
    const auto n = number(modulus);
    const auto e = number(exponent);
    const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    key_ptr key;
    if (n && e && parts && OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1)
        key = made_of("RSA", parts.get());
    if (!key)
        return key_refusal{"the numbers of the key are not right"};
    if (const auto why = why_not(key.get()); !why.empty())
        return key_refusal{std::string(why)};
    return signature_key(signature_algorithm::rs256, std::make_shared<const content>("", std::move(key)));
}

signature_key::outcome signature_key::of_p256(std::string_view x, std::string_view y)
{
    const no_trace at_the_end;
    if (x.size() != p256_bytes || y.size() != p256_bytes)
        return key_refusal{"the coordinates of a P-256 key have 32 bytes each"};
    const auto point = "\x04" + std::string(x) + std::string(y);
    const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    key_ptr key;
    if (parts &&
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, p256.data(), p256.size()) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1)
        key = made_of("EC", parts.get());
    if (!key || !is_sound(key.get()))
        return key_refusal{"the numbers of the key are not right"};
    return signature_key(signature_algorithm::es256, std::make_shared<const content>("", std::move(key)));
}

boost::system::result<std::vector<signature_key>, key_refusal> signature_key::in_pem(std::string_view text)
{
    const no_trace at_the_end;
    std::vector<signature_key> found;
    const owned<BIO, BIO_free> source(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    for (;;)
    {
        char* name = nullptr;
        char* header = nullptr;
        unsigned char* data = nullptr;
        long length = 0;
        const bool is_block = PEM_read_bio(source.get(), &name, &header, &data, &length) == 1;
        const owned<char, free_text> owned_name(name), owned_header(header);
        const owned<unsigned char, free_text> owned_data(data);
        if (!is_block)
        {
            if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
                return key_refusal{"a PEM block is broken"};
            if (found.empty())
                return key_refusal{"there is no PEM block in it"};
            return found;
        }
        if (std::string_view(name).ends_with("PRIVATE KEY"))
            return key_refusal{"it has a private key, which nobody but who makes the tokens may have"};
        if (std::string_view(name) != "PUBLIC KEY")
            return key_refusal{"it has a PEM block other than PUBLIC KEY"};
        const unsigned char* at = data;
        key_ptr key(d2i_PUBKEY(nullptr, &at, length));
        if (!key || at != data + length)
            return key_refusal{"a PEM block is broken"};
        if (const auto why = why_not(key.get()); !why.empty())
            return key_refusal{std::string(why)};
        const bool is_rsa = EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA;
        found.push_back(signature_key(is_rsa ? signature_algorithm::rs256 : signature_algorithm::es256,
                                      std::make_shared<const content>("", std::move(key))));
    }
}

bool signature_key::verifies(std::string_view text, std::string_view signature) const
{
    const no_trace at_the_end;
    if (algorithm_ == signature_algorithm::hs256)
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> wanted;
        unsigned length = 0;
        const auto& secret = content_->secret;
        return HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), bytes(text), text.size(),
                    wanted.data(), &length) != nullptr &&
               signature.size() == length && CRYPTO_memcmp(wanted.data(), signature.data(), length) == 0;
    }

    std::string der;
    if (algorithm_ == signature_algorithm::es256)
    {
        der = as_der(signature);
        if (der.empty())
            return false;
        signature = der;
    }
    const owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    return context && EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, content_->key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

void throw_exception_from_error(const key_refusal& f, const boost::source_location&)
{
    throw std::runtime_error(f.reason);
}

} // namespace vn
