// Any expression: what is estimated to be cheap is; the estimate itself always ends.
#include "domain/xml_tree.hpp"
#include "domain/xpath_cost.hpp"
#include "domain/xpath_selection.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    static const auto tree =
        vn::read_tree("<vnml><project><a id='1'>x<b/><b/></a><a id='2'>y<b><c/></b></a><!--z--></project></vnml>", {},
                      {})
            .value();
    static const auto shape = vn::shape_of(*tree.document);
    const std::string expression(reinterpret_cast<const char*>(data), size);
    if (expression.find('\0') != std::string::npos)
        return 0;
    const auto tokens = vn::tokens_of(expression);
    (void)vn::prefix_used_in(tokens);
    (void)vn::with_written_names(tokens, expression);
    if (vn::estimated_steps(tokens, shape, 1) < 1e5)
    {
        const auto root = tree.root();
        (void)vn::evaluate_xpath(*tree.document, {&root, 1}, expression);
    }
    return 0;
}
