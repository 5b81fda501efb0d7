#include "app/settings_file.hpp"

#include "settings_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

using vn::read_settings_file;
using vn::test::settings_folder;

namespace {

std::string flat(const vn::settings_file& file)
{
    std::string out;
    for (const auto& e : file.entries)
        out += e.path + "=" + e.value + "@" + std::to_string(e.line) + " ";
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(settings_file)

BOOST_FIXTURE_TEST_CASE(reads_sections_values_and_lines, settings_folder)
{
    const struct
    {
        const char *name, *text, *entries;
    } cases[] = {
        {"nothing", "", ""},
        {"comments only", "; a\n\n   ; b", ""},
        {"a section", "a\n{\n  b 1 ; comment\n  c 2\n}\nd 3\n", "a.b=1@3 a.c=2@4 d=3@6 "},
        {"a section on one line", "a { b 1 }\n", "a.b=1@1 "},
        {"brace behind the key", "a {\nb \"x y\"\n}", "a.b=x y@2 "},
        {"escapes", R"(a "q\"b\\c;{")", R"(a=q"b\c;{@1 )"},
        {"a value over two lines", "a \"x\" \\\n  \"y\"\nb 1", "a=xy@1 b=1@3 "},
        {"no value", "a\nb \"\"", "a=@1 b=@2 "},
        {"line ends of another system", "a 1\r\nb 2\r\n", "a=1@1 b=2@2 "},
        {"byte order mark",
         "\xEF\xBB\xBF"
         "a 1",
         "a=1@1 "},
        {"sections in sections", "a\n{\n b\n {\n  c 1\n }\n}\n", "a.b.c=1@5 "},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto read = read_settings_file(write(c.text));
            BOOST_TEST(flat(read) == c.entries);
            BOOST_TEST(read.mistakes.empty());
        }
}

BOOST_FIXTURE_TEST_CASE(refuses_what_would_be_misunderstood, settings_folder)
{
    const struct
    {
        const char *name, *text, *mistake;
    } cases[] = {
        {"value with a space and no quotes", "a x y\n", ":1: a second word after a value"},
        {"two keys on one line", "\nb { a 1 c 2 }\n", ":2: a second word after a value"},
        {"include", "a 1\n  #include \"/etc/passwd\"\n", ":2: #include"},
        {"unknown directive", "#define x\n", ":1: #include"},
        {"key given twice", "a 1\nb 2\na 3\n", ":3: a: given twice, first in line 1"},
        {"section given twice", "a { b 1 }\n\na { c 1 }\n", ":3: a: given twice, first in line 1"},
        {"key given twice in two forms", "a { b 1 }\na.b 1\n", ":2: a.b: given twice, first in line 1"},
        {"value and section", "a 5\n{\n  b 1\n}\n", ":1: a: a section cannot have a value"},
        {"open brace", "a\n{\n", "unmatched {"},
        {"closing brace", "a 1\n}\n", ":2: unmatched }"},
        {"open quotes", "a \"x\n", ":1: unexpected end of line"},
        {"unknown escape", "a \"\\d\"\n", ":1: unknown escape sequence"},
    };
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.name)
        {
            const auto file = write(c.text);
            const auto read = read_settings_file(file);
            BOOST_TEST_REQUIRE(read.mistakes.size() == 1u);
            BOOST_TEST(read.mistakes[0].starts_with(file.string() + ":"));
            BOOST_TEST(read.mistakes[0].find(c.mistake) != std::string::npos, read.mistakes[0]);
        }
}

BOOST_FIXTURE_TEST_CASE(what_is_right_is_given_beside_what_is_wrong, settings_folder)
{
    const auto read = read_settings_file(write("a 1 2\n#include \"x\"\nb 3\n"));
    BOOST_TEST(flat(read) == "a=1@1 b=3@3 ");
    BOOST_TEST(read.mistakes.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(refuses_what_is_no_settings_file, settings_folder)
{
    const auto only_mistake = [](const std::filesystem::path& file) {
        const auto read = read_settings_file(file);
        BOOST_TEST(read.entries.empty());
        BOOST_TEST_REQUIRE(read.mistakes.size() == 1u);
        return read.mistakes[0];
    };
    BOOST_TEST(only_mistake(path / "none").ends_with("there is no such file"));
    BOOST_TEST(only_mistake(path).ends_with("not a regular file"));
    BOOST_TEST_REQUIRE(::mkfifo((path / "fifo").c_str(), 0600) == 0);
    BOOST_TEST(only_mistake(path / "fifo").ends_with("not a regular file"));
    BOOST_TEST(only_mistake(write(std::string_view("a\0b", 3))).ends_with("not a text file"));
    BOOST_TEST(only_mistake(write(std::string((1 << 20) + 1, ' '))).ends_with("larger than 1 MiB"));
}

BOOST_FIXTURE_TEST_CASE(a_deep_tree_is_refused_before_it_is_built, settings_folder)
{
    std::string text;
    for (int i = 0; i < 200'000; ++i)
        text += "a {\n";
    const auto read = read_settings_file(write(text));
    BOOST_TEST_REQUIRE(read.mistakes.size() == 1u);
    BOOST_TEST(read.mistakes[0].ends_with("nested too deeply"));
}

BOOST_AUTO_TEST_SUITE_END()
