// Plugins whose table is wrong, in the way REFUSED_FOR says. Whatever of them is called ends the process.
#include <vn/plugin.h>

#include <cstdlib>

namespace {

vn_instance* create(const vn_host*)
{
    std::abort();
}

void destroy(vn_instance*)
{
    std::abort();
}

const void* capability(vn_instance*, const char*)
{
    std::abort();
}

vn_plugin table()
{
    vn_plugin p = {sizeof(vn_plugin), VN_ABI_MAJOR, VN_ABI_MINOR, 0, "refused", "1", create, destroy, capability};
    switch (REFUSED_FOR)
    {
    case 1:
        p.abi_major = 2;
        break;
    case 2:
        p.abi_minor = 7;
        break;
    case 3:
        p.struct_size = 24;
        break;
    case 4:
        p.flags = VN_CONCURRENT | VN_SERIAL;
        break;
    case 5:
        p.create = nullptr;
        break;
    case 6:
        p.name = nullptr;
        break;
    case 9:
        p.struct_size = 0x7fffffff;
        break;
    default:
        break;
    }
    return p;
}

const vn_plugin plugin = table();

} // namespace

#if REFUSED_FOR == 7
extern "C" VN_EXPORT const vn_plugin* some_other_entry(void)
#else
extern "C" VN_EXPORT const vn_plugin* vn_plugin_entry(void)
#endif
{
    return REFUSED_FOR == 8 ? nullptr : &plugin;
}
