#include "domain/xml_parser.hpp"

#include <new>
#include <random>
#include <utility>

namespace vn {

namespace {

// A parser never gives back memory before it ends: one that has seen more is not kept.
constexpr std::size_t small_bytes = 64 * 1024;
// What many small ones leave in it is bounded by their number.
constexpr unsigned most_documents = 1'000;

// expat would ask the kernel for one with each document. Nobody outside can see it.
unsigned long process_salt()
{
    static const unsigned long salt = [] {
        std::random_device random;
        const auto high = static_cast<unsigned long>(random());
        return (high << 32 | random()) | 1; // 0 would mean none
    }();
    return salt;
}

} // namespace

xml_parser::owned& xml_parser::kept() noexcept
{
    static thread_local owned one;
    return one;
}

// Taken out while it is used: a document that is read meanwhile in the same thread gets another one.
xml_parser::xml_parser(std::size_t bytes) : owned_(std::exchange(kept(), {})), is_small_(bytes <= small_bytes)
{
    auto& parser = owned_.parser;
    if (!parser || !XML_ParserReset(parser.get(), "UTF-8"))
        owned_ = {.parser{XML_ParserCreateNS("UTF-8", name_separator)}};
    if (!parser)
        throw std::bad_alloc();
    XML_SetHashSalt(parser.get(), process_salt());
    XML_SetReturnNSTriplet(parser.get(), XML_TRUE);
}

xml_parser::~xml_parser()
{
    if (is_kept_ && ++owned_.documents < most_documents)
        kept() = std::move(owned_);
}

} // namespace vn
