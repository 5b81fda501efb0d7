#include "app/settings.hpp"

#include "app/setting_text.hpp"
#include "app/settings_checks.hpp"
#include "app/settings_file.hpp"
#include "app/settings_places.hpp"
#include "app/settings_plugins.hpp"
#include "app/settings_table.hpp"

#include <algorithm>
#include <iterator>
#include <thread>

#include <unistd.h>

namespace vn {

namespace {

namespace fs = std::filesystem;

const setting* find_setting(std::string_view path)
{
    const auto& all = all_settings();
    const auto found = std::ranges::find(all, path, &setting::path);
    return found == all.end() ? nullptr : &*found;
}

bool is_section(std::string_view path)
{
    return std::ranges::any_of(all_settings(), [&](const setting& s) {
        return s.path.size() > path.size() && s.path.starts_with(path) && s.path[path.size()] == '.';
    });
}

class loader
{
    loaded_settings out_;

public:
    void take_file(const fs::path& file)
    {
        std::error_code ec;
        const auto folder = fs::absolute(file, ec).parent_path();
        auto content = read_settings_file(file);
        out_.mistakes = std::move(content.mistakes);
        plugin_sections plugins;
        for (const auto& entry : content.entries)
        {
            const auto where = file.string() + (entry.line > 0 ? ":" + std::to_string(entry.line) : "") + ": ";
            std::string mistake;
            if (plugins.take(entry, folder, mistake))
            {
                if (!mistake.empty())
                    out_.mistakes.push_back(where + mistake);
            }
            else if (const auto* s = find_setting(entry.path))
                assign(*s, entry.value, folder, where);
            else if (!is_section(entry.path))
                out_.mistakes.push_back(where + entry.path + ": there is no such setting");
            else if (!entry.value.empty())
                out_.mistakes.push_back(where + entry.path + ": this is a section; its settings go between { and }");
        }
        for (const auto& mistake : plugins.finish(out_.values))
            out_.mistakes.push_back(file.string() + ": " + mistake);
    }

    void take_environment(const environment& variables)
    {
        std::error_code ec;
        const auto folder = fs::current_path(ec);
        for (const auto& s : all_settings())
        {
            const auto by_rule = variables.find(s.variable());
            const auto by_alias = s.alias.empty() ? variables.end() : variables.find(s.alias);
            if (by_rule != variables.end() && by_alias != variables.end() && by_rule->second != by_alias->second)
            {
                out_.mistakes.push_back("environment: " + s.path + ": " + by_rule->first + " and " + by_alias->first +
                                        " are both set and differ");
                continue;
            }
            const auto given = by_alias != variables.end() ? by_alias : by_rule;
            if (given != variables.end())
                assign(s, given->second, folder, "environment " + given->first + ": ");
        }
        warn_of_unknown(variables);
    }

    void complete(const environment& variables)
    {
        auto& values = out_.values;
        if (values.data_dir.empty())
            values.data_dir = default_data_dir(variables, ::geteuid() == 0);
        if (values.data_dir.empty())
            out_.mistakes.push_back("data_dir: not set, and there is no HOME to choose one in");
        if (values.script.folder.empty() && !values.data_dir.empty())
            values.script.folder = values.data_dir + "/scripts";
        if (values.plugin_folder.dropped.empty() && !values.data_dir.empty())
            values.plugin_folder.dropped = values.data_dir + "/plugins";
        values.plugin_folder.copies = values.data_dir + "/plugin-copies";
        values.plugin_folder.shipped = find_shipped_plugins("/proc/self/exe");
        if (values.document_threads == 0)
            values.document_threads = std::max(1u, std::thread::hardware_concurrency());

        auto verdict = check_settings(values);
        std::ranges::move(verdict.mistakes, std::back_inserter(out_.mistakes));
        std::ranges::move(verdict.warnings, std::back_inserter(out_.warnings));
    }

    loaded_settings take() { return std::move(out_); }

private:
    void assign(const setting& s, const std::string& text, const fs::path& folder, const std::string& where)
    {
        if (!s.assign(out_.values, text, folder))
            out_.mistakes.push_back(where + s.path + ": " + (s.secret ? "the value" : shown(text)) +
                                    " is not as expected (" + s.expects + ")");
    }

    void warn_of_unknown(const environment& variables)
    {
        for (auto it = variables.lower_bound("VN_"); it != variables.end() && it->first.starts_with("VN_"); ++it)
        {
            const auto named = [&](const setting& s) { return s.variable() == it->first || s.alias == it->first; };
            if (std::ranges::none_of(all_settings(), named))
                out_.warnings.push_back("environment " + it->first + ": there is no such setting");
        }
    }
};

} // namespace

loaded_settings load_settings(const std::optional<fs::path>& file, const environment& variables)
{
    loader all;
    if (file)
        all.take_file(*file);
    all.take_environment(variables);
    all.complete(variables);
    return all.take();
}

environment process_environment()
{
    environment variables;
    for (char** entry = environ; *entry; ++entry)
    {
        const std::string_view text = *entry;
        if (const auto equals = text.find('='); equals != text.npos)
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return variables;
}

} // namespace vn
