#include "api/plugins.hpp"

#include "core/json_text.hpp"

#include <filesystem>

namespace vn {

namespace {

class json_object
{
    std::string& out_;
    bool first_ = true;

public:
    explicit json_object(std::string& out) : out_(out) { out_ += '{'; }
    json_object(const json_object&) = delete;
    ~json_object() { out_ += '}'; }

    std::string& name(std::string_view key)
    {
        if (!first_)
            out_ += ',';
        first_ = false;
        append_json_string(out_, key);
        return out_ += ':';
    }
    void text(std::string_view key, std::string_view value) { append_json_string(name(key), value); }
    void number(std::string_view key, std::size_t value) { name(key) += std::to_string(value); }
    void flag(std::string_view key, bool value) { name(key) += value ? "true" : "false"; }
    template <class Range, class Text>
    void texts(std::string_view key, const Range& range, Text text_of)
    {
        name(key) += '[';
        bool first = true;
        for (const auto& item : range)
        {
            if (!first)
                out_ += ',';
            first = false;
            append_json_string(out_, text_of(item));
        }
        out_ += ']';
    }
};

constexpr auto itself = [](const std::string& text) -> const std::string& { return text; };

void append(std::string& out, const plugin_row& row)
{
    const std::filesystem::path file(row.file);
    const auto& d = row.description;
    json_object o(out);
    o.text("file", file.filename().string());
    o.text("folder", file.parent_path().string());
    o.text("name", d.name);
    o.text("version", d.version);
    o.text("sha256", row.sha256);
    o.text("state", row.state);
    o.text("code", row.code);
    o.text("reason", row.reason);
    o.text("run", row.run);
    {
        json_object can(o.name("capabilities"));
        can.flag("valuesTasks", d.values_tasks);
        can.texts("tasks", d.tasks, itself);
        can.texts("functions", d.functions, [](const auto& f) -> const std::string& { return f.name; });
        can.texts("schemes", d.schemes, itself);
    }
    o.number("calls", row.counts.calls);
    o.number("failures", row.counts.failures);
    o.number("running", row.counts.running);
    o.number("hosts", row.counts.hosts);
    o.number("restarts", row.counts.restarts);
    o.number("abandoned", row.counts.abandoned);
}

} // namespace

std::string plugins_api::listed() const
{
    std::string out;
    {
        json_object all(out);
        all.text("node", node_);
        auto& list = all.name("plugins") += '[';
        bool first = true;
        for (const auto& row : plugins_.registry().list())
        {
            if (!first)
                list += ',';
            first = false;
            append(list, row);
        }
        list += ']';
        all.texts("warnings", plugins_.warnings(), itself);
    }
    return out;
}

void plugins_api::add_routes(http::router& routes)
{
    routes.add("GET", "/plugins", [this](http::request&) -> awaitable<http::reply> {
        auto answer = [](std::string json) -> awaitable<http::reply> {
            co_return http::json_reply(200, std::move(json));
        };
        return answer(listed());
    });
}

} // namespace vn
