// The keys that tokens may be signed with, as they stand in files. Constant once made; any thread.
#pragma once

#include "core/signature_key.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

class token_keys
{
    struct entry
    {
        std::string id; // empty: it has none
        signature_key key;
    };
    std::vector<entry> entries_;

public:
    using outcome = boost::system::result<void, key_refusal>;

    static constexpr std::size_t most = 64;

    // The secret is the text without one line end at its end.
    outcome add_secret(std::string_view text);
    // PEM, or a JSON Web Key Set (RFC 7517). Of a set, keys that are not for signatures, or of other kinds and
    // algorithms, are left out; one of ours that is not right makes the whole set wrong.
    outcome add_public(std::string_view text);

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }

    // Whether one of the keys that the header of a token can mean has made the signature: those with its id, or if no
    // key has that, those without one; of its algorithm, which never decides how a key is used.
    bool verify(std::string_view algorithm, std::optional<std::string_view> id, std::string_view text,
                std::string_view signature) const;

private:
    outcome add_set(std::string_view json);
    outcome add(std::string id, signature_key::outcome key);
};

} // namespace vn
