#include "api/token_keys.hpp"

#include "core/base64url.hpp"

#include <boost/json/parse.hpp>

#include <algorithm>

namespace vn {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_id = 256;
constexpr std::string_view spaces = " \t\r\n";

// Empty: there is none, or it is no string.
std::string_view text_of(const json::object& o, std::string_view name)
{
    const auto* v = o.if_contains(name);
    return v && v->is_string() ? std::string_view(v->get_string()) : std::string_view();
}

// A big-endian number or bytes; empty: there is none, or it is no Base64.
std::string bytes_of(const json::object& o, std::string_view name)
{
    return decode_base64url(text_of(o, name)).value_or(std::string());
}

bool is_for_signatures(const json::object& key)
{
    if (key.contains("use") && text_of(key, "use") != "sig")
        return false;
    const auto* operations = key.if_contains("key_ops");
    if (!operations)
        return true;
    return operations->is_array() && std::ranges::any_of(operations->get_array(), [](const json::value& v) {
               return v.is_string() && v.get_string() == "verify";
           });
}

// Nothing: it is of a kind that is not supported.
std::optional<signature_key::outcome> key_in(const json::object& key)
{
    const auto kind = text_of(key, "kty");
    const auto algorithm = text_of(key, "alg");
    const auto fits = [&](signature_algorithm a) { return !key.contains("alg") || algorithm == name_of(a); };
    if (kind == "oct" && fits(signature_algorithm::hs256))
        return signature_key::of_secret(bytes_of(key, "k"));
    if (kind == "RSA" && fits(signature_algorithm::rs256))
        return signature_key::of_rsa(bytes_of(key, "n"), bytes_of(key, "e"));
    if (kind == "EC" && text_of(key, "crv") == "P-256" && fits(signature_algorithm::es256))
        return signature_key::of_p256(bytes_of(key, "x"), bytes_of(key, "y"));
    return std::nullopt;
}

} // namespace

token_keys::outcome token_keys::add(std::string id, signature_key::outcome key)
{
    if (!key)
        return key.error();
    if (entries_.size() == most)
        return key_refusal{"there are more than 64 keys"};
    entries_.push_back({std::move(id), std::move(*key)});
    return {};
}

token_keys::outcome token_keys::add_secret(std::string_view text)
{
    auto whole = signature_key::of_secret(text);
    // What ends with the byte of a line end may be a public key in DER, which is none without it.
    if (!whole || !text.ends_with('\n'))
        return add({}, std::move(whole));
    text.remove_suffix(text.ends_with("\r\n") ? 2 : 1);
    return add({}, signature_key::of_secret(text));
}

token_keys::outcome token_keys::add_public(std::string_view text)
{
    if (const auto begin = text.find_first_not_of(spaces); begin != std::string_view::npos && text[begin] == '{')
        return add_set(text);
    auto found = signature_key::in_pem(text);
    if (!found)
        return found.error();
    for (auto& key : *found)
        if (auto added = add({}, std::move(key)); !added)
            return added;
    return {};
}

token_keys::outcome token_keys::add_set(std::string_view text)
{
    boost::system::error_code ec;
    const auto set = json::parse(text, ec);
    if (ec || !set.is_object())
        return key_refusal{"it is no JSON object"};
    const auto* keys = set.get_object().if_contains("keys");
    if (!keys || !keys->is_array())
        return key_refusal{"it has no array of keys"};
    std::size_t added = 0;
    for (std::size_t i = 0; i < keys->get_array().size(); ++i)
    {
        const auto wrong = [&](std::string_view why) {
            return key_refusal{"key " + std::to_string(i) + ": " + std::string(why)};
        };
        const auto* key = keys->get_array()[i].if_object();
        if (!key)
            return wrong("it is no object");
        if (!is_for_signatures(*key))
            continue;
        auto made = key_in(*key);
        if (!made)
            continue;
        const auto id = text_of(*key, "kid");
        if (id.size() > longest_id || (key->contains("kid") && id.empty()))
            return wrong("its kid is not right");
        if (auto done = add(std::string(id), std::move(*made)); !done)
            return wrong(done.error().reason);
        ++added;
    }
    if (added == 0)
        return key_refusal{"it has no key of RS256, ES256 or HS256"};
    return {};
}

bool token_keys::verify(std::string_view algorithm, std::optional<std::string_view> id, std::string_view text,
                        std::string_view signature) const
{
    const bool is_known = id && std::ranges::any_of(entries_, [&](const entry& e) { return e.id == *id; });
    const auto is_meant = [&](const entry& e) {
        const bool has_id = !id || (is_known ? e.id == *id : e.id.empty());
        return has_id && name_of(e.key.algorithm()) == algorithm;
    };
    return std::ranges::any_of(entries_,
                               [&](const entry& e) { return is_meant(e) && e.key.verifies(text, signature); });
}

} // namespace vn
