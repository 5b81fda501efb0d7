// Proof of who calls: a JSON Web Token (RFC 7519) with a signature (RFC 7515), judged as RFC 8725 wants it. Any thread.
#pragma once

#include "api/token_keys.hpp"
#include "core/error.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace vn {

struct token_terms
{
    // Who has to have made it; empty: whoever has the key.
    std::string issuer;
    // One for whom it has to be; empty: it must be for nobody by name.
    std::string audience;
    // The claim that names the user.
    std::string user_claim = "sub";
    // How far the clocks of maker and server may differ.
    std::chrono::seconds leeway{30};
};

struct token_claims
{
    std::string user;
    // The moment from which on it is refused.
    std::chrono::system_clock::time_point expires;
};

inline constexpr std::size_t longest_token = 8 * 1024;

// Codes: token-expired, bad-token. The message says what is wrong, in at most 100 characters, and quotes nothing.
result<token_claims, failure> read_token(std::string_view token, const token_keys& keys, const token_terms& terms,
                                         std::chrono::system_clock::time_point now);

} // namespace vn
