// Whatever an executor may write: what is accepted is stored in a form that is taken again.
#include "domain/hydrated_group.hpp"
#include "domain/task_output.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    const std::string output(reinterpret_cast<const char*>(data), size);
    const std::string task = "<vnml><project><group><valuation><analytics><price><amount>1</amount></price></analytics>"
                             "</valuation></group></project></vnml>";
    const vn::document_limits limits{.depth = 30, .elements = 500};
    if (const auto accepted = vn::accept_output(task, output, limits))
    {
        const vn::document_limits wider{.depth = 40, .attributes = 10'000, .elements = 600};
        if (!vn::take_valuation(*accepted, wider))
            std::abort();
    }
    (void)vn::hydrated_group::restore(output);
    return 0;
}
