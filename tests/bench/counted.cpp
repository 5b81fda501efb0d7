// bench-counted FILE: a request document through all that is done to it and by a plugin of its tasks, for callgrind.
// counts.py reads how much was executed below each function of the namespace counted. Prints one JSON object: how many
// rounds that were, and what this is built of.
#include "bench/bare_call.hpp"
#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"

#include <dlfcn.h>
#include <expat.h>
#include <gnu/libc-version.h>

#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

// Where names stand in expat's tables, and so what looking one up costs, is not to depend on chance.
extern "C" int XML_SetHashSalt(XML_Parser parser, unsigned long)
{
    static const auto real = reinterpret_cast<decltype(&XML_SetHashSalt)>(dlsym(RTLD_NEXT, "XML_SetHashSalt"));
    return real(parser, 1);
}

namespace counted {

using namespace vn;

template <class T>
T or_throw(result<T, failure> r)
{
    if (!r)
        throw std::runtime_error(r.error().code + ": " + r.error().message);
    return std::move(*r);
}

[[gnu::noinline]] auto admit(const std::string& request, const hydration_environment& environment)
{
    return or_throw(admit_document(request, {}, environment.limits.document));
}

[[gnu::noinline]] auto read(const std::string& admitted, const hydration_environment& environment)
{
    return or_throw(valuation_document::read(admitted, environment));
}

[[gnu::noinline]] auto hydrate(valuation_document& document, std::size_t group)
{
    return or_throw(document.hydrate(group));
}

[[gnu::noinline]] auto store(const hydrated_group& group)
{
    return group.serialise();
}

[[gnu::noinline]] auto task(const hydrated_group& group, std::size_t number)
{
    return group.task_document(number);
}

// plugins/noop, which is part of this program.
[[gnu::noinline]] auto plugin(const vn_task& noop, vn_instance* instance, const std::string& document)
{
    std::string output;
    auto call = bench::bare_call(document, output);
    if (noop.run(instance, &call) != VN_OK)
        throw std::runtime_error("the plugin failed");
    return output;
}

[[gnu::noinline]] auto judge(const std::string& document, const std::string& output,
                             const hydration_environment& environment)
{
    return or_throw(accept_output(document, output, environment.limits.document));
}

[[gnu::noinline]] void complete(valuation_document& document, std::size_t number, const hydrated_group& group,
                                const std::vector<std::string>& results)
{
    if (auto done = document.complete(number, group, results, {}, true); !done)
        throw std::runtime_error(done.error().why.message);
}

[[gnu::noinline]] auto response(const valuation_document& document)
{
    return or_throw(document.response());
}

[[gnu::noinline]] void request(const std::string& text, const hydration_environment& environment, const vn_task& noop,
                               vn_instance* instance)
{
    const auto admitted = admit(text, environment);
    auto document = read(admitted, environment);
    for (std::size_t g = 0; g < document.group_count(); ++g)
    {
        const auto group = hydrate(document, g);
        store(group);
        std::vector<std::string> results;
        for (std::size_t t = 1; t <= group.task_count(); ++t)
        {
            const auto given = task(group, t);
            results.push_back(judge(given, plugin(noop, instance, given), environment));
        }
        complete(document, g, group, results);
    }
    response(document);
}

// What is called from here is counted: not what warms up, nor what a thread makes once and keeps.
constexpr int rounds = 10;

[[gnu::noinline]] void all_rounds(const std::string& text, const hydration_environment& environment,
                                  const vn_task& noop, vn_instance* instance)
{
    for (int i = 0; i < rounds; ++i)
        request(text, environment, noop, instance);
}

} // namespace counted

namespace {

struct no_xpath final : vn::expensive_xpath
{
    vn::result<vn::xpath_selection, vn::failure> blocking_evaluate(const pugi::xml_document&,
                                                                   std::span<const pugi::xml_node>, const std::string&,
                                                                   std::chrono::milliseconds&) const override
    {
        return vn::failure{"xpath-too-expensive", {}};
    }
};

void tell_what_this_is()
{
    std::cout << R"({"rounds":)" << counted::rounds << R"(,"clang":")" << __clang_major__ << '.' << __clang_minor__
              << R"(","expat":")" << XML_ExpatVersion() << R"(","pugixml":")" << PUGIXML_VERSION << R"(","glibc":")"
              << gnu_get_libc_version() << R"(","libstdc++":")" << _GLIBCXX_RELEASE << "\"}" << std::endl;
}

} // namespace

int main(int argc, char** argv)
{
    try
    {
        std::ifstream in(argc == 2 ? argv[1] : "", std::ios::binary);
        if (!in)
            throw std::runtime_error("usage: bench-counted FILE");
        const std::string text{std::istreambuf_iterator<char>(in), {}};
        const vn::document_fetchers fetchers;
        const vn::hydration_functions functions;
        const no_xpath apart;
        const vn::hydration_environment environment{fetchers, functions, apart};
        vn_host host{};
        host.struct_size = sizeof host;
        host.abi_major = VN_ABI_MAJOR;
        host.abi_minor = VN_ABI_MINOR;
        host.log = [](const vn_host*, std::int32_t, vn_bytes) {};
        host.setting = [](const vn_host*, const char*) { return vn_bytes{}; };
        const auto* library = vn_plugin_entry();
        auto* instance = library->create(&host);
        const auto& noop = *static_cast<const vn_task*>(library->capability(instance, VN_TASK));

        for (int i = 0; i < 4; ++i)
            counted::request(text, environment, noop, instance);
        counted::all_rounds(text, environment, noop, instance);
        library->destroy(instance);
        tell_what_this_is();
        return 0;
    }
    catch (const std::exception& e)
    {
        std::cerr << "bench-counted: " << e.what() << '\n';
        return 1;
    }
}
