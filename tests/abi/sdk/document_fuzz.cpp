// The SDK's scanner: a document or VN_INVALID, whatever comes; and what it writes after changes, it reads again.
#include <vn/document.hpp>

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    try
    {
        vn::document doc(text);
        if (doc.xml() != text)
            std::abort();
        for (const auto& each : doc.all("*"))
        {
            (void)each.text();
            (void)each.attribute("a");
        }
        const auto set = doc.all("a/*");
        for (const auto& each : set)
        {
            if (each.all("./*").empty())
                each.set_text("1 < 2");
            each.set_attribute("a", "\"");
            each.append("new", "&");
        }
        const auto written = doc.xml();
        vn::document again(written);
        if (again.all("a/*").size() < set.size() || again.all("*/new").size() < set.size())
            std::abort();
    }
    catch (const vn::error& e)
    {
        if (e.status() != VN_INVALID)
            std::abort();
    }
    return 0;
}
