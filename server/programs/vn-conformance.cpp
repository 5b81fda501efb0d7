// vn-conformance [--plugin FILE.so]... [--folded] CASE_DIR OUT_DIR: the server's own hydration for one case of the
// corpus, with tasks valued by the rule of the corpus, and functions and fetchers of the plugins. Writes
// tasks/<g>-<N>.xml and response.xml or error.txt. --folded: libraries and results are kept as text however small they
// are.
#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"
#include "execution/file_fetcher.hpp"
#include "execution/xpath_sandbox.hpp"
#include "programs/conformance_plugins.hpp"

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <vector>

namespace {

namespace fs = std::filesystem;
using namespace vn;

void write(const fs::path& file, const std::string& text)
{
    fs::create_directories(file.parent_path());
    std::ofstream out(file, std::ios::binary);
    if (!(out << text).flush())
        throw std::runtime_error("cannot write " + file.string());
}

std::string read(const fs::path& file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

// 100 x (g + 1) + N, with two decimals.
std::string amount_of(std::size_t group, std::size_t task)
{
    return std::to_string(100 * (group + 1) + task) + ".00";
}

result<std::string, failure> process(const fs::path& folder, const fs::path& out,
                                     std::vector<std::string> files_of_plugins, bool is_folded)
{
    const file_fetcher files({.roots = {folder.string()}});
    document_fetchers fetchers;
    fetchers.add("file", files);
    hydration_functions functions;
    std::optional<conformance_plugins> plugins;
    if (!files_of_plugins.empty())
        plugins.emplace(std::move(files_of_plugins), functions, fetchers);
    const xpath_sandbox sandbox;
    hydration_environment environment{fetchers, functions, sandbox};
    if (is_folded)
        environment.limits.folded_bytes = 0;

    auto document = valuation_document::read(read(folder / "request.xml"), environment);
    if (!document)
        return document.error();
    // As after a takeover (R6): everything is continued from what was stored.
    const auto stored = document->serialise();
    document = failure{}; // one document at a time
    document = valuation_document::restore(stored, environment);
    if (!document)
        return document.error();

    for (std::size_t g = 0; g < document->group_count(); ++g)
    {
        auto group = document->hydrate(g);
        if (group)
            group = hydrated_group::restore(group->serialise());
        if (!group)
            return group.error();
        std::vector<std::string> results;
        for (std::size_t task = 1; task <= group->task_count(); ++task)
        {
            const auto text = group->task_document(task);
            write(out / "tasks" / (std::to_string(g) + '-' + std::to_string(task) + ".xml"), text);
            auto result = accept_output(text, amount_of(g, task));
            if (!result)
                return result.error();
            results.push_back(std::move(*result));
        }
        if (auto done = document->complete(g, *group, results); !done)
            return done.error().why;
    }
    return document->response();
}

} // namespace

int main(int argc, char** argv)
{
    std::vector<std::string> words(argv + 1, argv + argc);
    std::vector<std::string> plugins;
    for (; words.size() > 1 && words[0] == "--plugin"; words.erase(words.begin(), words.begin() + 2))
        plugins.push_back(words[1]);
    const bool is_folded = !words.empty() && words[0] == "--folded";
    if (is_folded)
        words.erase(words.begin());
    if (words.size() != 2)
    {
        std::cerr << "usage: vn-conformance [--plugin FILE.so]... [--folded] CASE_DIR OUT_DIR\n";
        return 2;
    }
    try
    {
        const auto folder = fs::absolute(words[0]);
        const auto out = fs::absolute(words[1]);
        if (!fs::is_regular_file(folder / "request.xml"))
            throw std::runtime_error("no request.xml in " + folder.string());
        fs::create_directories(out);
        const auto response = process(folder, out, std::move(plugins), is_folded);
        if (response)
            write(out / "response.xml", *response);
        else
            write(out / "error.txt", response.error().message + '\n');
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "vn-conformance: " << e.what() << '\n';
        return 1;
    }
}
