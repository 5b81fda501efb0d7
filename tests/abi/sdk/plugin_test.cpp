// A plugin in C++, called through its C table: exceptions become statuses, types are declared and checked.
#include "check/recorded_call.hpp"
#include "check/table.hpp"

#include <vn/plugin.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <map>

namespace {

double add(double a, double b)
{
    return a + b;
}
std::string join(std::string_view separator, const std::vector<std::string_view>& parts)
{
    std::string text;
    for (const auto part : parts)
        text.append(text.empty() ? "" : separator).append(part);
    return text;
}
std::string about(vn::call call)
{
    return std::string(call.name());
}
std::int64_t shifted(std::int64_t value, std::optional<bool> back)
{
    return value + (back.value_or(false) ? -1 : 1);
}
vn::date same_day(const vn::date& day)
{
    return day;
}

class sample
{
    vn::host host_;
    std::int64_t count_ = 0;

    std::int64_t next() { return ++count_; }

public:
    static constexpr const char* tasks[] = {"one", "two"};
    static constexpr const char* schemes[] = {"sample"};

    explicit sample(vn::host host) : host_(host)
    {
        if (host.setting("broken") == "yes")
            throw std::runtime_error("broken by its settings");
    }

    void run(vn::call call)
    {
        const auto what = call.payload();
        if (what == "invalid")
            vn::invalid("not like this");
        if (what == "memory")
            throw std::bad_alloc();
        if (what == "other")
            throw std::runtime_error("something");
        if (what == "number")
            throw 7;
        if (what == "ok")
            throw vn::error(VN_OK, "an error that says ok");
        call.check();
        call.write(call.trace_id());
    }

    void fetch(vn::call call, std::string_view uri) { call.write(uri); }

    static std::vector<vn::function> functions()
    {
        return {
            vn::function_of<add>("add", "a + b", {"a: the first", "b"}),
            vn::function_of<join>("join", "all with a separator between", {"separator: it", "parts: any number"}),
            vn::function_of<about>("about", "its own name"),
            vn::function_of<shifted>("shifted", "one more or less", {"value: v", "back: b"}),
            vn::function_of<same_day>("same_day", "the day", {"day: d"}),
            vn::function_of<&sample::next>("next", "counts"),
        };
    }
};

} // namespace

VN_PLUGIN(sample, "sample", "1.0.0", 0)

namespace {

struct fixture
{
    const vn_plugin* plugin = vn_plugin_entry();
    std::map<std::string, std::string> settings;
    std::string logged;
    vn_host host{};
    vn_instance* instance = nullptr;

    fixture()
    {
        host.struct_size = sizeof host;
        host.impl = this;
        host.log = [](const vn_host* h, std::int32_t, vn_bytes text) {
            static_cast<fixture*>(h->impl)->logged.assign(text.data, text.size);
        };
        host.setting = [](const vn_host* h, const char* key) -> vn_bytes {
            const auto& text = static_cast<fixture*>(h->impl)->settings[key];
            return {text.data(), text.size()};
        };
        instance = plugin->create(&host);
    }
    ~fixture() { plugin->destroy(instance); }

    template <class Table>
    const Table& table(const char* id)
    {
        return *static_cast<const Table*>(plugin->capability(instance, id));
    }

    std::pair<vn_status, std::string> run(std::string_view payload, bool cancelled = false)
    {
        vn::check::recorded_call call("one", payload);
        if (cancelled)
            call.cancel();
        const auto status = table<vn_task>(VN_TASK).run(instance, call.begin());
        return {status, status == VN_OK ? call.answer() : call.reason()};
    }

    std::string apply(const std::string& name, const std::vector<std::string>& arguments)
    {
        const auto& all = table<vn_functions>(VN_FUNCTION);
        for (std::uint32_t i = 0; i < all.count; ++i)
            if (all.functions[i]->name == name)
            {
                std::vector<vn_bytes> views;
                for (const auto& each : arguments)
                    views.push_back({each.data(), each.size()});
                vn::check::recorded_call call(name, "");
                const auto status = all.functions[i]->call(instance, all.functions[i], call.begin(), views.data(),
                                                           static_cast<std::uint32_t>(views.size()));
                return status == VN_OK ? call.answer() : std::to_string(status) + " " + call.reason();
            }
        return "no such function";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sdk_plugin, fixture)

BOOST_AUTO_TEST_CASE(its_tables_are_what_the_contract_asks_for)
{
    BOOST_TEST(vn::why_not(plugin) == "");
    BOOST_TEST(vn::why_not(&table<vn_task>(VN_TASK)) == "");
    BOOST_TEST(vn::why_not(&table<vn_functions>(VN_FUNCTION)) == "");
    BOOST_TEST(vn::why_not(&table<vn_fetcher>(VN_FETCHER)) == "");
    BOOST_TEST(plugin->capability(instance, "vn.other/1") == nullptr);
    BOOST_TEST(table<vn_task>(VN_TASK).name_count == 2u);
}

BOOST_AUTO_TEST_CASE(exceptions_become_statuses)
{
    using ended = std::pair<vn_status, std::string>;
    BOOST_TEST((run("invalid") == ended(VN_INVALID, "not like this")));
    BOOST_TEST((run("memory") == ended(VN_RETRY, "out of memory")));
    BOOST_TEST((run("other") == ended(VN_FAILED, "something")));
    BOOST_TEST(run("number").first == VN_FAILED);
    BOOST_TEST(!run("number").second.empty());
    BOOST_TEST(run("ok").first == VN_FAILED);
    BOOST_TEST(run("", true).first == VN_CANCELLED);
    BOOST_TEST((run("") == ended(VN_OK, "0af7651916cd43dd8448eb211c80319c")));
}

BOOST_AUTO_TEST_CASE(a_constructor_that_throws_gives_no_instance_and_says_why)
{
    settings["broken"] = "yes";
    BOOST_TEST(plugin->create(&host) == nullptr);
    BOOST_TEST(logged == "broken by its settings");
}

BOOST_AUTO_TEST_CASE(functions_declare_their_types)
{
    const auto& all = table<vn_functions>(VN_FUNCTION);
    const auto& first = *all.functions[0];
    BOOST_TEST(first.name == std::string("add"));
    BOOST_TEST(first.result == VN_TYPE_NUMBER);
    BOOST_TEST(first.arguments[0].name == std::string("a"));
    BOOST_TEST(first.arguments[0].help == std::string("the first"));
    BOOST_TEST(first.arguments[1].help == std::string(""));
    BOOST_TEST(all.functions[1]->arguments[1].flags == (VN_ARGUMENT_OPTIONAL | VN_ARGUMENT_REPEATED));
    BOOST_TEST(all.functions[3]->arguments[1].flags == VN_ARGUMENT_OPTIONAL);
    BOOST_TEST(all.functions[3]->arguments[1].type == VN_TYPE_BOOLEAN);
}

BOOST_AUTO_TEST_CASE(functions_check_their_arguments)
{
    BOOST_TEST(apply("add", {"5", " 7 "}) == "12");
    BOOST_TEST(apply("add", {"5", "x"}) == "1 argument 'b' is not a number");
    BOOST_TEST(apply("add", {"5"}) == "1 argument 'b' is missing");
    BOOST_TEST(apply("add", {"1e308", "1e308"}) == "4 the result is not a finite number");
    BOOST_TEST(apply("join", {"-"}) == "");
    BOOST_TEST(apply("join", {"-", "a", "b", "c"}) == "a-b-c");
    BOOST_TEST(apply("about", {}) == "about");
    BOOST_TEST(apply("shifted", {"1"}) == "2");
    BOOST_TEST(apply("shifted", {"1", "true"}) == "0");
    BOOST_TEST(apply("shifted", {"1", "yes"}) == "1 argument 'back' is neither true nor false");
    BOOST_TEST(apply("same_day", {"2024-02-29"}) == "2024-02-29");
    BOOST_TEST(apply("same_day", {"2026-02-29"}).substr(0, 2) == "1 ");
    BOOST_TEST(apply("next", {}) == "1");
    BOOST_TEST(apply("next", {}) == "2");
}

BOOST_AUTO_TEST_CASE(a_write_that_is_refused_ends_the_call)
{
    vn::check::recorded_call call("sample", "", 3);
    const vn_bytes uri{"sample:long", 11};
    BOOST_TEST(table<vn_fetcher>(VN_FETCHER).fetch(instance, call.begin(), uri) == VN_FAILED);
    BOOST_TEST(call.reason() == "the answer is too large");
}

BOOST_AUTO_TEST_SUITE_END()
