#include "execution/plugin_functions.hpp"

#include "core/log.hpp"
#include "domain/built_in_functions.hpp"

#include <optional>

namespace vn {

namespace {

using answer = blocking_calls::answer;
using std::chrono::milliseconds;

std::optional<value_type> type_named(std::string_view name)
{
    using enum value_type;
    for (const auto& [known, type] :
         {std::pair("text", text), std::pair("number", number), std::pair("integer", integer),
          std::pair("boolean", boolean), std::pair("date", date), std::pair("xml", xml), std::pair("path", path)})
        if (name == known)
            return type;
    return std::nullopt;
}

// Nothing if it is of a type this version does not know.
std::optional<function_signature> signature_of(const function_description& d)
{
    function_signature out;
    out.name = d.name;
    const auto type = type_named(d.result);
    if (!type)
        return std::nullopt;
    out.result = *type;
    for (const auto& a : d.arguments)
    {
        const auto argument = type_named(a.type);
        if (!argument)
            return std::nullopt;
        out.parameters.push_back({a.name, *argument, a.optional, a.repeated});
    }
    return out;
}

bool is_unavailable(const answer& a)
{
    return !a && a.error().code == "plugin-unavailable";
}

} // namespace

class plugin_functions::function final : public hydration_function
{
public:
    function(function_signature s, std::shared_ptr<plugin_runner> plugin, std::shared_ptr<blocking_calls> calls,
             std::shared_ptr<const offered> now)
        : signature_(std::move(s)), plugin_(std::move(plugin)), calls_(std::move(calls)), now_(std::move(now))
    {}

    const function_signature& signature() const override { return signature_; }

    answer blocking_call(const std::vector<std::string>& arguments, std::chrono::microseconds& spent) const override
    {
        const auto start = clock::now();
        auto got = calls_->blocking_run([plugin = plugin_, now = now_, name = signature_.name, arguments](
                                            milliseconds limit) { return call(plugin, now, name, arguments, limit); });
        spent += std::chrono::ceil<std::chrono::microseconds>(clock::now() - start);
        return got;
    }

private:
    static awaitable<answer> call(std::shared_ptr<plugin_runner> plugin, std::shared_ptr<const offered> now,
                                  std::string name, std::vector<std::string> arguments, milliseconds limit)
    {
        auto got = co_await plugin->call_function(name, arguments, limit);
        if (!is_unavailable(got))
            co_return got;
        const auto other = now->functions.find(name);
        if (other == now->functions.end() || other->second == plugin)
            co_return got;
        const auto newer = other->second;
        co_return co_await newer->call_function(name, arguments, limit);
    }

    function_signature signature_;
    std::shared_ptr<plugin_runner> plugin_;
    std::shared_ptr<blocking_calls> calls_;
    std::shared_ptr<const offered> now_;
};

class plugin_functions::fetcher final : public document_fetcher
{
public:
    fetcher(std::string scheme, std::shared_ptr<blocking_calls> calls, std::shared_ptr<const offered> now)
        : scheme_(std::move(scheme)), calls_(std::move(calls)), now_(std::move(now))
    {}

    answer blocking_fetch(const std::string& uri) const override
    {
        auto got = calls_->blocking_run(
            [scheme = scheme_, now = now_, uri](milliseconds limit) { return fetch(scheme, now, uri, limit); });
        if (got || got.error().code == "document-missing")
            return got;
        auto why = got.error();
        why.code = why.code == "plugin-deadline"           ? "document-timeout"
                   : why.code == "plugin-output-too-large" ? "document-too-large"
                                                           : "document-unavailable";
        return why;
    }

private:
    static awaitable<answer> fetch(std::string scheme, std::shared_ptr<const offered> now, std::string uri,
                                   milliseconds limit)
    {
        std::shared_ptr<plugin_runner> asked;
        answer got = failure{.code = "plugin-unavailable", .message = "the plugin is gone"};
        // Once more if it was replaced just now.
        for (int i = 0; i < 2 && is_unavailable(got); ++i)
        {
            const auto found = now->schemes.find(scheme);
            if (found == now->schemes.end() || found->second == asked)
                break;
            asked = found->second;
            got = co_await asked->fetch(uri, limit);
        }
        co_return got;
    }

    std::string scheme_;
    std::shared_ptr<blocking_calls> calls_;
    std::shared_ptr<const offered> now_;
};

plugin_functions::plugin_functions(asio::any_io_executor ex, task_group& group, hydration_functions& functions,
                                   document_fetchers& fetchers, std::chrono::milliseconds call_limit)
    : functions_(functions), fetchers_(fetchers),
      calls_(std::make_shared<blocking_calls>(std::move(ex), group, call_limit))
{}

plugin_functions::~plugin_functions()
{
    close();
    functions_.publish({});
    fetchers_.publish({});
}

void plugin_functions::close()
{
    calls_->close();
}

void plugin_functions::offer(const std::vector<std::shared_ptr<plugin_runner>>& plugins)
{
    calls_->here();
    offered now;
    function_table table;
    document_fetchers::published schemes;
    for (const auto& plugin : plugins)
    {
        for (const auto& d : plugin->description().functions)
        {
            if (built_in_signature(d.name))
            {
                log::warning("a function of a plugin has the name of a built-in one",
                             {{"plugin", plugin->description().name}, {"function", d.name}});
                continue;
            }
            auto signature = signature_of(d);
            if (signature && now.functions.emplace(d.name, plugin).second)
                table.emplace(d.name, std::make_shared<function>(std::move(*signature), plugin, calls_, offered_));
        }
        for (const auto& scheme : plugin->description().schemes)
            if (now.schemes.emplace(scheme, plugin).second)
                schemes.emplace(scheme, std::make_shared<fetcher>(scheme, calls_, offered_));
    }
    *offered_ = std::move(now);
    functions_.publish(std::move(table));
    fetchers_.publish(std::move(schemes));
}

} // namespace vn
