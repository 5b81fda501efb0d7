#include "domain/plain_xml.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <vector>

namespace vn {

namespace {

// What a byte may be part of.
enum : unsigned char
{
    name_start = 1,
    name_part = 2,
    plain_text = 4,
    plain_value = 8, // but for the quote that ends it
    blank = 16
};

constexpr auto classes = [] {
    std::array<unsigned char, 256> all{};
    const auto is_letter = [](int c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    for (int c = ' '; c < 0x7f; ++c)
    {
        auto& of_c = all[static_cast<std::size_t>(c)];
        if (is_letter(c))
            of_c |= name_start;
        if (is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-')
            of_c |= name_part;
        if (c != '<' && c != '>' && c != '&')
            of_c |= plain_text; // no '>', so that no "]]>" is looked for
        if (c != '<' && c != '&')
            of_c |= plain_value;
    }
    for (const auto c : {' ', '\t', '\n'})
        all[static_cast<unsigned char>(c)] |= blank | plain_text;
    return all;
}();

class plain_document
{
public:
    plain_document(std::string_view text, const document_limits& limits)
        : at_(text.data()), end_(text.data() + text.size()), limits_(limits)
    {}

    bool is_one()
    {
        skip_declaration();
        skip(blank);
        do
        {
            if (!tag())
                return false;
            if (open_.empty())
                break;
        } while (content(plain_text) <= limits_.value_bytes);
        if (!open_.empty())
            return false;
        skip(blank);
        return at_ == end_;
    }

private:
    bool is(unsigned char what) const { return at_ != end_ && (classes[static_cast<unsigned char>(*at_)] & what) != 0; }

    std::size_t skip(unsigned char what)
    {
        const char* const from = at_;
        while (is(what))
            ++at_;
        return static_cast<std::size_t>(at_ - from);
    }

    bool is_at(char c) const { return at_ != end_ && *at_ == c; }

    bool take(char c)
    {
        if (!is_at(c))
            return false;
        ++at_;
        return true;
    }

    bool take_one_of(std::initializer_list<std::string_view> list)
    {
        const std::string_view rest(at_, static_cast<std::size_t>(end_ - at_));
        for (const auto one : list)
            if (rest.starts_with(one))
            {
                at_ += one.size();
                return true;
            }
        return false;
    }

    // As most programs write it. Anything else is no tag.
    void skip_declaration()
    {
        take_one_of({R"(<?xml version="1.0" encoding="UTF-8"?>)", R"(<?xml version="1.0" encoding="utf-8"?>)",
                     R"(<?xml version="1.0"?>)", R"(<?xml version='1.0' encoding='UTF-8'?>)",
                     R"(<?xml version='1.0' encoding='utf-8'?>)", R"(<?xml version='1.0'?>)"});
    }

    // A text or value, up to what cannot be part of it. Its bytes, at least as many as it means.
    std::size_t content(unsigned char of, char quote = '\0')
    {
        const char* const from = at_;
        do
            while (is(of) && *at_ != quote)
                ++at_;
        while (is_at('&') && take_one_of({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}));
        return static_cast<std::size_t>(at_ - from);
    }

    // Empty if there is none.
    std::string_view name()
    {
        if (!is(name_start))
            return {};
        const char* const from = at_;
        const auto size = skip(name_part);
        return size <= limits_.name_bytes ? std::string_view(from, size) : std::string_view();
    }

    bool tag()
    {
        if (!take('<'))
            return false;
        if (take('/'))
        {
            if (open_.empty() || name() != open_.back())
                return false;
            open_.pop_back();
            skip(blank);
            return take('>');
        }
        const auto element = name();
        if (element.empty() || ++elements_ > limits_.elements || open_.size() >= limits_.depth || !attributes())
            return false;
        if (take('/'))
            return take('>');
        open_.push_back(element);
        return take('>');
    }

    bool attributes()
    {
        std::array<std::string_view, 16> names;
        for (std::size_t count = 0;; ++count)
        {
            const bool is_apart = skip(blank) > 0;
            if (!is(name_start))
                return true;
            const auto attribute = name();
            if (!is_apart || attribute.empty() || attribute == "xmlns" || count >= limits_.attributes ||
                count >= names.size() ||
                std::find(names.begin(), names.begin() + count, attribute) != names.begin() + count)
                return false;
            names[count] = attribute;
            skip(blank);
            if (!take('='))
                return false;
            skip(blank);
            if (!value())
                return false;
        }
    }

    bool value()
    {
        if (!is_at('"') && !is_at('\''))
            return false;
        const char quote = *at_++;
        return content(plain_value, quote) <= limits_.value_bytes && take(quote);
    }

    const char* at_;
    const char* const end_;
    const document_limits& limits_;
    std::vector<std::string_view> open_;
    std::size_t elements_ = 0;
};

} // namespace

bool is_plain_xml(std::string_view text, const document_limits& limits)
{
    return text.size() <= limits.document_bytes && plain_document(text, limits).is_one();
}

} // namespace vn
