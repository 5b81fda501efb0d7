#include "app/settings.hpp"

#include "app/settings_places.hpp"
#include "app/settings_table.hpp"
#include "settings_folder.hpp"

#include <boost/algorithm/string/join.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>

using namespace vn;
using vn::test::settings_folder;

namespace {

const std::filesystem::path example = VN_SOURCE_DIR "/etc/vnserver.info";
const environment home{{"HOME", "/home/somebody"}};

environment with(std::string name, std::string value)
{
    auto variables = home;
    variables.emplace(std::move(name), std::move(value));
    return variables;
}

bool has(const std::vector<std::string>& lines, const std::string& part)
{
    return std::ranges::any_of(lines, [&](const std::string& l) { return l.find(part) != l.npos; });
}

// A value that the setting takes and that is not its default.
std::string another_value(const setting& s)
{
    const settings defaults;
    for (const char* text : {"/another/place", "request", "true", "false", "2", "5", "2000", "2000000", "debug", "json",
                             "::1", "worker", "continue", "always", "drop", "https://page", "another"})
    {
        settings changed;
        if (s.assign(changed, text, "/") && s.text(changed) != s.text(defaults))
            return text;
    }
    throw std::logic_error("no other value for " + s.path);
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_loading)

BOOST_AUTO_TEST_CASE(the_shipped_file_names_every_setting_with_default_unit_and_range)
{
    const auto expected = print_settings(settings{});
    std::ofstream(VN_BINARY_DIR "/vnserver.info", std::ios::binary) << expected;
    BOOST_TEST((test::content_of(example) == expected),
               "etc/vnserver.info is not what the table says; that is in " VN_BINARY_DIR "/vnserver.info");
    for (const auto& s : all_settings())
        BOOST_TEST(expected.find(s.variable()) != expected.npos, s.path);
}

BOOST_AUTO_TEST_CASE(the_shipped_file_loads_to_the_defaults)
{
    const auto from_file = load_settings(example, home);
    const auto without = load_settings({}, home);
    BOOST_TEST(boost::join(from_file.mistakes, "\n") == "");
    BOOST_TEST(boost::join(from_file.warnings, "\n") == "");
    BOOST_TEST(boost::join(without.mistakes, "\n") == "");
    for (const auto& s : all_settings())
        BOOST_TEST(s.text(from_file.values) == s.text(without.values), s.path);
}

BOOST_AUTO_TEST_CASE(defaults_are_those_of_the_issue)
{
    const auto loaded = load_settings({}, home).values;
    const settings plain;
    BOOST_TEST(loaded.http.port == 8080);
    BOOST_TEST(loaded.http.address == "127.0.0.1");
    BOOST_TEST(loaded.payload_max_bytes == 10'485'760u);
    BOOST_TEST(loaded.sync_wait.count() == 120'000);
    BOOST_TEST(loaded.engine.request_ttl.count() == 86'400);
    BOOST_TEST(loaded.engine.max_attempts == 3);
    BOOST_TEST(loaded.engine.task_timeout.count() == 60'000);
    BOOST_TEST(loaded.redis.url == "");
    BOOST_TEST(loaded.enable_http);
    BOOST_CHECK(loaded.roles == node_roles{});
    for (const auto& s : all_settings())
        if (s.path != "data_dir" && s.path != "script.folder" && s.path != "plugin.dir" &&
            s.path != "documents.threads")
            BOOST_TEST(s.text(loaded) == s.text(plain), s.path);
}

BOOST_AUTO_TEST_CASE(every_setting_has_a_variable_of_its_own_that_works)
{
    std::set<std::string> names;
    for (const auto& s : all_settings())
        for (const auto& name : {s.variable(), s.alias})
            if (!name.empty())
                BOOST_TEST_CONTEXT(name)
                {
                    BOOST_TEST(names.insert(name).second);
                    const auto text = another_value(s);
                    settings expected;
                    s.assign(expected, text, "/");
                    const auto loaded = load_settings({}, with(name, text));
                    BOOST_TEST(s.text(loaded.values) == s.text(expected));
                    BOOST_TEST(!has(loaded.mistakes, "environment " + name));
                    BOOST_TEST(!has(loaded.warnings, "environment " + name));
                }
    for (const char* name :
         {"HTTP_PORT", "HTTP_ADDRESS", "REDIS_URL", "PAYLOAD_MAX_BYTES", "SYNC_WAIT_TIMEOUT_MS", "REQUEST_TTL_SECONDS",
          "MAX_TASK_RETRIES", "TASK_WAIT_TIMEOUT_MS", "LIFECYCLE_BLOCK_MS", "VNAS_SCRIPT", "ENABLE_HTTP", "LOG_LEVEL",
          "VN_DATA_DIR", "VN_ROLES", "VN_LEASE_MS", "VN_HTTP_PORT", "VN_REQUESTS_TTL_SECONDS", "VN_TASKS_MAX_ATTEMPTS"})
        BOOST_TEST(names.contains(name), name);
}

BOOST_FIXTURE_TEST_CASE(a_variable_goes_before_the_file_and_the_file_before_the_default, settings_folder)
{
    const auto file = write("http\n{\n  port 1234\n  address 10.0.0.1\n}\n");
    const auto loaded = load_settings(file, with("HTTP_PORT", "4321")).values;
    BOOST_TEST(loaded.http.port == 4321);
    BOOST_TEST(loaded.http.address == "10.0.0.1");
    BOOST_TEST(loaded.http.max_connections == settings{}.http.max_connections);
}

BOOST_FIXTURE_TEST_CASE(every_value_survives_being_printed_and_read, settings_folder)
{
    settings changed;
    for (const auto& s : all_settings())
        s.assign(changed, another_value(s), "/");
    changed.files.roots = {"/a b", "/c;d"};
    changed.engine.node = "n";
    const auto loaded = load_settings(write(print_settings(changed)), home).values;
    for (const auto& s : all_settings())
        BOOST_TEST(s.text(loaded) == s.text(changed), s.path);
}

BOOST_FIXTURE_TEST_CASE(mistakes_are_told_all_together, settings_folder)
{
    const auto file = write("htttp { port 1 }\n"        // 1
                            "http\n{\n  port 65536\n"   // 4
                            "  max_connections many\n"  // 5
                            "  prot 1\n}\n"             // 6
                            "#include \"more.info\"\n"  // 8
                            "log { level info }\n"      // 9
                            "log { format loud }\n"     // 10
                            "node { name two words }\n" // 11
                            "redis verbose\n"           // 12
                            "data_dir { folder x }\n"); // 13
    auto variables = with("VN_ROLES", "api,cook");
    variables.emplace("PAYLOAD_MAX_BYTES", "10 parsecs");
    variables.emplace("ENABLE_HTTP", "");
    const auto loaded = load_settings(file, variables);

    const auto at = [&](int line) { return file.string() + ":" + std::to_string(line) + ": "; };
    const std::string expected[] = {
        at(1) + "htttp.port: there is no such setting",
        at(4) + "http.port: \"65536\" is not as expected (whole number, 0 to 65535)",
        at(5) + "http.max_connections: \"many\" is not as expected (whole number, 1 to 1000000)",
        at(6) + "http.prot: there is no such setting",
        at(8) + "#include",
        at(10) + "log: given twice, first in line 9",
        at(10) + "log.format: \"loud\" is not as expected (one of auto, json, text)",
        at(11) + "a second word after a value",
        at(12) + "redis: this is a section",
        at(13) + "data_dir.folder: there is no such setting",
        "environment VN_ROLES: roles: \"api,cook\" is not as expected",
        "environment PAYLOAD_MAX_BYTES: requests.payload_max_bytes: \"10 parsecs\" is not as expected",
        "environment ENABLE_HTTP: http.enabled: \"\" is not as expected (true or false)",
    };
    for (const auto& line : expected)
        BOOST_TEST(has(loaded.mistakes, line), line);
    BOOST_TEST(loaded.mistakes.size() == std::size(expected), boost::join(loaded.mistakes, "\n"));
    for (const auto& line : loaded.mistakes)
        BOOST_TEST(line.find('\n') == line.npos);
}

BOOST_AUTO_TEST_CASE(ranges_end_where_they_say)
{
    const struct
    {
        const char *name, *value;
        bool fits;
    } cases[] = {
        {"HTTP_PORT", "0", true},
        {"HTTP_PORT", "65535", true},
        {"HTTP_PORT", "65536", false},
        {"HTTP_PORT", "-1", false},
        {"HTTP_PORT", "80 ", false},
        {"PAYLOAD_MAX_BYTES", "10mb", true},
        {"PAYLOAD_MAX_BYTES", "0", false},
        {"LIFECYCLE_BLOCK_MS", "1s", true},
        {"LIFECYCLE_BLOCK_MS", "1001", false},
        {"REQUEST_TTL_SECONDS", "2h", true},
        {"REQUEST_TTL_SECONDS", "500ms", false},
        {"MAX_TASK_RETRIES", "0", false},
        {"VN_REQUESTS_WINDOW_TASKS", "0", false},
        {"HTTP_ADDRESS", "localhost", false},
        {"HTTP_ADDRESS", "::", true},
        {"VN_ROLES", "", false},
        {"VN_ROLES", " worker , api ", true},
        {"VN_NODE_NAME", "a b", false},
        {"LOG_LEVEL", "WARN", true},
        {"VNAS_SCRIPT", "", false},
        {"VN_HTTP_CORS_ORIGINS", "https://a.example, http://b:3000", true},
        {"VN_HTTP_CORS_ORIGINS", "*", false},
        {"VN_EVENTS_ORIGINS", "https://a.example, b.example", false},
        {"VN_EVENTS_ORIGINS", "null", false},
        {"VN_EVENTS_TRUSTED_PROXIES", "10.0.0.0/8, ::1", true},
        {"VN_EVENTS_TRUSTED_PROXIES", "proxy", false},
    };
    for (const auto& c : cases)
        BOOST_TEST(load_settings({}, with(c.name, c.value)).mistakes.empty() == c.fits, c.name << "=" << c.value);
}

BOOST_AUTO_TEST_CASE(settings_must_fit_each_other)
{
    const struct
    {
        const char *name, *value, *mistake;
    } cases[] = {
        {"VN_LEASE_MS", "500", "node.lease_ms: must not be below redis.block_ms"},
        {"VN_HTTP_TARGET_BYTES", "64kb", "http.target_bytes: must not be above http.header_bytes"},
        {"VN_TASKS_RETRY_BASE_MS", "20s", "tasks.retry_base_ms: must not be above tasks.retry_cap_ms"},
        {"VN_PLUGIN_RESTART_PAUSE_MS", "11s",
         "plugin.restart_pause_ms: must not be above plugin.longest_restart_pause_ms"},
        {"VN_TASKS_ALONE_AFTER", "11", "tasks.alone_after: must not be above tasks.max_deliveries"},
        {"PAYLOAD_MAX_BYTES", "65mb", "requests.payload_max_bytes: must not be above documents.document_bytes"},
        {"VN_DOCUMENTS_VALUE_BYTES", "65mb", "documents.value_bytes: must not be above documents.document_bytes"},
        {"VN_FILES_ROOTS", "/nowhere/at/all", "files.roots: \"/nowhere/at/all\" is not a folder"},
        {"REDIS_URL", "http://host", "redis.url: "},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto loaded = load_settings({}, with(c.name, c.value));
            BOOST_TEST_REQUIRE(loaded.mistakes.size() == 1u);
            BOOST_TEST(loaded.mistakes[0].starts_with(c.mistake), loaded.mistakes[0]);
        }
}

BOOST_FIXTURE_TEST_CASE(secrets_are_never_told, settings_folder)
{
    for (const char* url :
         {"redis://u:hush@host:1", "redis://u:hush@host:70000", "gopher://u:hush@host", "redis://u:hu sh@h", "u:hush",
          "unix:///s?password=hush", "redis://u:hush@[::1", "redis://hush@"})
        BOOST_TEST_CONTEXT(url)
        {
            const auto by_variable = load_settings({}, with("REDIS_URL", url));
            const auto by_file = load_settings(write("redis { url \"" + std::string(url) + "\" }"), home);
            for (const auto* loaded : {&by_variable, &by_file})
            {
                BOOST_TEST(!has(loaded->mistakes, "hush"));
                BOOST_TEST(!has(loaded->warnings, "hush"));
            }
        }
    const auto printed = print_settings(load_settings({}, with("REDIS_URL", "redis://u:hush@host:1/2")).values);
    BOOST_TEST(printed.find("hush") == printed.npos);
    BOOST_TEST(printed.find("url redis://u:***@host:1/2\n") != printed.npos);
}

BOOST_AUTO_TEST_CASE(unknown_variables_of_ours_are_a_warning)
{
    const auto loaded = load_settings({}, with("VN_HTTP_PROT", "80"));
    BOOST_TEST(loaded.mistakes.empty());
    BOOST_TEST_REQUIRE(loaded.warnings.size() == 1u);
    BOOST_TEST(loaded.warnings[0] == "environment VN_HTTP_PROT: there is no such setting");
}

BOOST_AUTO_TEST_CASE(two_names_for_one_setting_must_agree)
{
    auto variables = with("HTTP_PORT", "80");
    variables.emplace("VN_HTTP_PORT", "81");
    BOOST_TEST(has(load_settings({}, variables).mistakes, "VN_HTTP_PORT and HTTP_PORT are both set and differ"));
    variables["VN_HTTP_PORT"] = "80";
    BOOST_TEST(load_settings({}, variables).mistakes.empty());
}

BOOST_FIXTURE_TEST_CASE(relative_paths_start_where_they_are_written, settings_folder)
{
    const auto file = write("data_dir ../state\nfiles { roots \"in , /\" }\nscript { path ./v.sh }\n", "etc/s.info");
    std::filesystem::create_directory(path / "etc/in");
    const auto loaded = load_settings(file, home);
    BOOST_TEST(loaded.mistakes.empty());
    BOOST_TEST(loaded.values.data_dir == (path / "state").string());
    BOOST_TEST(loaded.values.script.path == (path / "etc/v.sh").string());
    BOOST_TEST(loaded.values.script.folder == (path / "state/scripts").string());
    const std::vector<std::string> roots{(path / "etc/in").string(), "/"};
    BOOST_TEST(loaded.values.files.roots == roots, boost::test_tools::per_element());

    const auto here = std::filesystem::current_path();
    BOOST_TEST(load_settings({}, with("VN_DATA_DIR", "state")).values.data_dir == (here / "state").string());
    BOOST_TEST(load_settings({}, with("VNAS_SCRIPT", "v.sh")).values.script.path == "v.sh");
}

BOOST_AUTO_TEST_CASE(the_data_folder_is_chosen_by_who_we_are)
{
    BOOST_TEST(default_data_dir(home, true) == "/var/lib/vnserver");
    BOOST_TEST(default_data_dir(home, false) == "/home/somebody/.local/state/vnserver");
    BOOST_TEST(default_data_dir(with("XDG_STATE_HOME", "/s"), false) == "/s/vnserver");
    BOOST_TEST(default_data_dir(with("XDG_STATE_HOME", "s"), false) == "/home/somebody/.local/state/vnserver");
    BOOST_TEST(default_data_dir({}, false) == "");
}

BOOST_FIXTURE_TEST_CASE(the_file_beside_a_build_tree_is_found, settings_folder)
{
    const auto program = write("", "build/dev/bin/vnserver");
    const auto file = write("", "etc/vnserver.info");
    BOOST_CHECK(find_settings_file(program) != file);
    write("", "build/dev/CMakeCache.txt");
    BOOST_CHECK(find_settings_file(program) == file);
}

BOOST_FIXTURE_TEST_CASE(the_file_that_is_installed_with_the_program_is_found, settings_folder)
{
    const auto program = write("", "opt/bin/vnserver");
    const auto file = write("", "opt/etc/vnserver/vnserver.info");
    BOOST_CHECK(find_settings_file(program) == file);
    std::filesystem::create_symlink(program, program.parent_path().parent_path() / "link");
    BOOST_CHECK(find_settings_file(program.parent_path().parent_path() / "link") == file);
}

BOOST_AUTO_TEST_SUITE_END()
