// Keys that signatures are checked with: HMAC with SHA-256 (HS256), RSA PKCS #1 v1.5 with SHA-256 (RS256), ECDSA on
// P-256 with SHA-256 (ES256), named as in RFC 7518. A key is of one algorithm for ever. Any thread.
#pragma once

#include <boost/system/result.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

enum class signature_algorithm
{
    hs256,
    rs256,
    es256,
};

std::string_view name_of(signature_algorithm a) noexcept;

// Why a key is none, for people; it quotes nothing of the key.
struct key_refusal
{
    std::string reason;
};

class signature_key
{
    struct content;
    signature_algorithm algorithm_;
    std::shared_ptr<const content> content_;

    signature_key(signature_algorithm a, std::shared_ptr<const content> c);

public:
    using outcome = boost::system::result<signature_key, key_refusal>;

    // At least 32 bytes, and no public key: whoever knows that could sign as well.
    static outcome of_secret(std::string_view secret);
    // Modulus (2048 to 8192 bits) and exponent, big-endian.
    static outcome of_rsa(std::string_view modulus, std::string_view exponent);
    // The coordinates of a point, 32 bytes each.
    static outcome of_p256(std::string_view x, std::string_view y);
    // All "PUBLIC KEY" blocks of a PEM text, of RSA or P-256; at least one, and nothing else than such blocks and text
    // between them.
    static boost::system::result<std::vector<signature_key>, key_refusal> in_pem(std::string_view text);

    signature_algorithm algorithm() const noexcept { return algorithm_; }
    // signature: raw bytes; for ES256 the two numbers of 32 bytes, as in RFC 7518, section 3.4.
    bool verifies(std::string_view text, std::string_view signature) const;
};

[[noreturn]] void throw_exception_from_error(const key_refusal& f, const boost::source_location& where);

} // namespace vn
