// Valuation documents from text, with files from a map, and ways to look at what came out.
#pragma once

#include "domain/task_output.hpp"
#include "domain/valuation_document.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vn::test {

// Files by uri.
class map_fetcher final : public document_fetcher
{
public:
    std::map<std::string, std::string> files;
    mutable std::map<std::string, int> fetched;

    result<std::string, failure> blocking_fetch(const std::string& uri) const override
    {
        ++fetched[uri];
        const auto at = files.find(uri);
        if (at == files.end())
            return failure{.code = "document-missing", .message = "none"};
        return at->second;
    }
};

// Evaluates here, and says how often it was asked.
class counting_xpath final : public expensive_xpath
{
public:
    mutable int calls = 0;

    result<xpath_selection, failure> blocking_evaluate(const pugi::xml_document& document,
                                                       std::span<const pugi::xml_node> contexts,
                                                       const std::string& expression,
                                                       std::chrono::milliseconds&) const override
    {
        ++calls;
        return evaluate_xpath(document, contexts, expression);
    }
};

// What it gives is what answer() makes of the arguments.
class sample_function final : public hydration_function
{
public:
    using answer = std::function<result<std::string, failure>(const std::vector<std::string>&)>;

    sample_function(function_signature s, answer a) : signature_(std::move(s)), answer_(std::move(a)) {}

    const function_signature& signature() const override { return signature_; }
    result<std::string, failure> blocking_call(const std::vector<std::string>& arguments,
                                               std::chrono::microseconds& spent) const override
    {
        spent += cost;
        return answer_(arguments);
    }

    std::chrono::microseconds cost{0};

private:
    function_signature signature_;
    answer answer_;
};

struct outcome
{
    std::vector<std::vector<std::string>> tasks;
    std::string response;
    failure rejected; // code empty if accepted
};

class hydration_fixture
{
public:
    map_fetcher files;
    document_fetchers fetchers;
    hydration_functions functions;
    counting_xpath xpath;
    outside_values outside;
    hydration_environment environment{fetchers, functions, xpath, {}, outside};

    hydration_fixture() { fetchers.add("file", files); }

    sample_function& offer(function_signature signature, sample_function::answer answer)
    {
        auto made = std::make_shared<sample_function>(signature, std::move(answer));
        auto table = *functions.current();
        table[signature.name] = made;
        functions.publish(std::move(table));
        return *made;
    }

    // To the end, every task valued 100 (g+1) + N.
    outcome process(const std::string& request)
    {
        outcome out;
        auto document = valuation_document::read(request, environment);
        if (!document)
        {
            out.rejected = document.error();
            return out;
        }
        for (std::size_t g = 0; g < document->group_count(); ++g)
        {
            auto group = document->hydrate(g);
            if (!group)
            {
                out.rejected = group.error();
                return out;
            }
            auto& tasks = out.tasks.emplace_back();
            std::vector<std::string> results;
            for (std::size_t n = 1; n <= group->task_count(); ++n)
            {
                tasks.push_back(group->task_document(n));
                results.push_back(accept_output(tasks.back(), std::to_string(100 * (g + 1) + n)).value());
            }
            if (auto done = document->complete(g, *group, results); !done)
            {
                out.rejected = done.error().why;
                return out;
            }
        }
        if (auto response = document->response())
            out.response = *response;
        else
            out.rejected = response.error();
        return out;
    }

    // A project without groups but with this: what is left of it.
    std::string project(const std::string& content)
    {
        const auto done = process("<vnml><project>" + content + "</project></vnml>");
        if (!done.rejected.code.empty())
            return done.rejected.message;
        constexpr std::string_view before = "<vnml><project>";
        constexpr std::string_view after = "</project></vnml>";
        if (done.response == "<vnml><project/></vnml>" || done.response.size() < before.size() + after.size())
            return {};
        return done.response.substr(before.size(), done.response.size() - before.size() - after.size());
    }

    // The first task's element of a group with this in a project with library, without its vndb; or the message.
    std::string valuation(const std::string& library, const std::string& group_content)
    {
        const auto done =
            process("<vnml><project>" + library + "<group>" + group_content + "</group></project></vnml>");
        if (!done.rejected.code.empty())
            return done.rejected.message;
        const auto& text = done.tasks.at(0).at(0);
        const auto from = text.rfind("<valuation");
        const auto to = text.rfind("<vndb");
        return text.substr(from, to - from);
    }
};

} // namespace vn::test
