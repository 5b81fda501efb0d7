// Tokens and key sets, with any bytes: nobody is let in whose token was not signed, and who is let in has a name.
#include "api/access_token.hpp"
#include "api/user_name.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>
#include <string>

namespace {

constexpr std::string_view secret = "a secret of thirty-two bytes, ok";

std::string base64url(std::string_view bytes)
{
    std::string out(bytes.size() / 3 * 4 + 5, '\0');
    const int length =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(length));
    while (out.ends_with('='))
        out.pop_back();
    for (char& c : out)
        c = c == '+' ? '-' : c == '/' ? '_' : c;
    return out;
}

std::string signed_token(std::string_view header, std::string_view claims)
{
    auto text = base64url(header) + "." + base64url(claims);
    std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
    unsigned length = 0;
    HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
         reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac.data(), &length);
    return text + "." + base64url({reinterpret_cast<const char*>(mac.data()), length});
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const std::chrono::system_clock::time_point now{std::chrono::seconds(1'800'000'000)};
    vn::token_keys keys;
    if (!keys.add_secret(secret))
        std::abort();
    const vn::token_terms terms;
    if (vn::read_token(bytes, keys, terms, now))
        std::abort();

    const auto line = bytes.find('\n');
    const auto claims = line == bytes.npos ? std::string_view() : bytes.substr(line + 1);
    const auto known = vn::read_token(signed_token(bytes.substr(0, line), claims), keys, terms, now);
    if (known && (!vn::is_user_name(known->user) || known->expires <= now))
        std::abort();

    vn::token_keys found;
    if (found.add_public(bytes) && found.empty())
        std::abort();
    return 0;
}
