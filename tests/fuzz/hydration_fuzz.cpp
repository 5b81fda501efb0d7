// A whole request from any document: to its response, or rejected; the same whether libraries and results are kept as
// text or as trees. Files are the request itself.
#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"

#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

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

// Whatever can be seen of it from outside.
std::string all_of(const std::string& text, const vn::hydration_environment& environment)
{
    auto document = vn::valuation_document::read(text, environment);
    if (!document)
        return document.error().code + ": " + document.error().message;
    const auto stored = document->serialise();
    auto restored = vn::valuation_document::restore(stored, environment);
    if (!restored || restored->group_count() != document->group_count())
        std::abort();
    std::string all = stored;
    for (std::size_t g = 0; g < restored->group_count() && g < 5; ++g)
    {
        const auto group = restored->hydrate(g);
        if (!group)
            return all + group.error().code + ": " + group.error().message;
        const auto serialised = group->serialise();
        all += serialised;
        const auto again = vn::hydrated_group::restore(serialised);
        if (!again || again->serialise() != serialised)
            std::abort();
        std::vector<std::string> results;
        for (std::size_t task = 1; task <= group->task_count(); ++task)
        {
            auto result = vn::accept_output(group->task_document(task), "1.5");
            if (!result)
                std::abort(); // what we made must be what we take
            results.push_back(std::move(*result));
        }
        if (auto done = restored->complete(g, *group, results); !done)
            return all + done.error().why.code + std::to_string(done.error().task);
    }
    const auto response = restored->response();
    return all + (response ? *response : response.error().code);
}

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

    environment.limits.folded_bytes = std::numeric_limits<std::size_t>::max();
    const auto as_trees = all_of(file.text, environment);
    environment.limits.folded_bytes = 0;
    if (all_of(file.text, environment) != as_trees)
        std::abort();
    return 0;
}
