// A whole request from any document: to its response, or rejected. Files are the request itself.
#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"

#include <cstdlib>

namespace {

struct same_document final : vn::document_fetcher
{
    std::string text;
    vn::result<std::string, vn::failure> blocking_fetch(const std::string&) const override { return text; }
};

struct no_xpath final : vn::expensive_xpath
{
    vn::result<vn::xpath_selection, vn::failure> blocking_evaluate(const pugi::xml_document&,
                                                                   std::span<const pugi::xml_node>, const std::string&,
                                                                   std::chrono::milliseconds&) const override
    {
        return vn::failure{.code = "xpath-too-expensive"};
    }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size)
{
    same_document file;
    file.text.assign(reinterpret_cast<const char*>(data), size);
    vn::document_fetchers fetchers;
    fetchers.add("file", file);
    const vn::hydration_functions functions;
    const no_xpath apart;
    vn::hydration_environment environment{fetchers, functions, apart, {}};
    environment.limits.document.elements = 2'000;
    environment.limits.document.depth = 50;
    environment.limits.document.document_bytes = 1 << 20;
    environment.limits.tasks = 100;
    environment.limits.steps_in_place = 1e5;

    auto document = vn::valuation_document::read(file.text, environment);
    if (!document)
        return 0;
    auto restored = vn::valuation_document::restore(document->serialise(), environment);
    if (!restored || restored->group_count() != document->group_count())
        std::abort();
    for (std::size_t g = 0; g < document->group_count() && g < 5; ++g)
    {
        const auto group = document->hydrate(g);
        if (!group)
            return 0;
        const auto again = vn::hydrated_group::restore(group->serialise());
        if (!again || again->serialise() != group->serialise())
            std::abort();
        std::vector<std::string> results;
        for (std::size_t task = 1; task <= group->task_count(); ++task)
        {
            auto result = vn::accept_output(group->task_document(task), "1.5");
            if (!result)
                std::abort(); // what we made must be what we take
            results.push_back(std::move(*result));
        }
        if (!document->complete(g, *group, results))
            return 0;
    }
    (void)document->response();
    return 0;
}
