#include "execution/xpath_sandbox.hpp"

#include "domain/xml_tree.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;

std::string wide(std::size_t count)
{
    std::string out = "<r>";
    for (std::size_t i = 0; i < count; ++i)
        out += "<a/>";
    return out + "</r>";
}

struct sandboxed
{
    vn::xml_tree tree;
    vn::xpath_sandbox sandbox;
    std::chrono::milliseconds spent{0};

    explicit sandboxed(const std::string& text, vn::xpath_sandbox_settings settings = {})
        : tree(vn::read_tree(text, {}, {}).value()), sandbox(settings)
    {}

    vn::result<vn::xpath_selection, vn::failure> select(const std::string& expression)
    {
        const auto root = tree.root();
        return sandbox.blocking_evaluate(*tree.document, {&root, 1}, expression, spent);
    }

    std::string code_of(const std::string& expression)
    {
        const auto selected = select(expression);
        return selected ? "" : selected.error().code;
    }
};

std::chrono::microseconds children_time()
{
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    return std::chrono::seconds(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           std::chrono::microseconds(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

bool has_no_children()
{
    return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD;
}

} // namespace

BOOST_AUTO_TEST_SUITE(xpath_sandbox)

BOOST_AUTO_TEST_CASE(gives_the_nodes_of_this_process)
{
    sandboxed s("<r><a i='1'>t</a><b/><a i='2'/></r>");
    const auto elements = s.select("a|b").value();
    BOOST_REQUIRE(elements.nodes.at(0).size() == 3u);
    BOOST_TEST((elements.nodes[0][0].node() == s.tree.root().first_child()));
    BOOST_TEST((elements.nodes[0][2].node() == s.tree.root().last_child()));
    const auto attribute = s.select("a[2]/@i").value();
    BOOST_TEST(std::string(attribute.nodes.at(0).at(0).attribute().value()) == "2");
    BOOST_TEST(std::string(s.select("//text()").value().nodes.at(0).at(0).node().value()) == "t");
    BOOST_TEST(s.select("none").value().nodes.at(0).empty());
    BOOST_TEST(!s.select("count(//a)").value().is_node_set);
    BOOST_TEST(s.code_of("a[") == "xpath-invalid");
    BOOST_TEST(s.code_of("nope()") == "xpath-invalid");
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(evaluates_for_each_context)
{
    sandboxed s("<r><p><q n='1'/><q n='2'/></p><p/><p><q n='3'/></p></r>");
    std::vector<pugi::xml_node> contexts;
    for (auto p : s.tree.root().children())
        contexts.push_back(p);
    const auto selected = s.sandbox.blocking_evaluate(*s.tree.document, contexts, "./q", s.spent).value();
    BOOST_REQUIRE(selected.nodes.size() == 3u);
    BOOST_TEST(selected.nodes[0].size() == 2u);
    BOOST_TEST(selected.nodes[1].empty());
    BOOST_TEST(std::string(selected.nodes[2].at(0).node().attribute("n").value()) == "3");
}

BOOST_AUTO_TEST_CASE(hostile_expressions_end_in_time)
{
    sandboxed ten(wide(10'000));
    sandboxed hundred(wide(100'000));
    std::string string_of_all;
    for (int i = 0; i < 800; ++i)
        string_of_all += "/,";
    sandboxed text("<r>" + std::string(4 << 20, 'x') + "</r>");
    struct
    {
        sandboxed& on;
        std::string expression;
    } rows[] = {
        {ten, "/r[count(//a/following-sibling::a)]"},
        {hundred, "//a[count(//a)>0]"},
        {hundred, "//a[not(following-sibling::b)]"},
        {hundred, std::string(2'000, '(') + "//a" + std::string(2'000, ')')},
        {hundred, "//a[//a[//a]]"},
        {hundred, "(//a|//b)[2]"},
        {hundred, "/r[string(//a/following::a)]"},
        {text, "/r[string-length(concat(" + string_of_all + "/))>0]"},
    };
    for (auto& row : rows)
        BOOST_TEST_CONTEXT(row.expression.substr(0, 60))
        {
            const auto before = children_time();
            const auto code = row.on.code_of(row.expression);
            BOOST_TEST((code == "" || code == "xpath-too-expensive" || code == "xpath-invalid"), code);
            BOOST_TEST((children_time() - before) < 500ms);
            BOOST_TEST(row.on.spent > 0ms);
        }
    BOOST_TEST(hundred.code_of("//a[not(following-sibling::b)]") == "xpath-too-expensive");
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_CASE(memory_is_limited)
{
    sandboxed s("<r>" + std::string(1 << 20, 'x') + "</r>", {.memory = 4u << 20});
    BOOST_TEST(s.code_of("/r[string-length(concat(/,/,/,/,/,/,/,/))>0]") == "xpath-too-expensive");
}

BOOST_AUTO_TEST_CASE(many_threads_at_once)
{
    sandboxed s(wide(1'000));
    std::vector<std::thread> threads;
    std::vector<std::size_t> found(8);
    for (std::size_t t = 0; t < found.size(); ++t)
        threads.emplace_back([&, t] {
            const auto root = s.tree.root();
            std::chrono::milliseconds spent{0};
            for (int i = 0; i < 10; ++i)
                if (const auto selected = s.sandbox.blocking_evaluate(*s.tree.document, {&root, 1}, "//a", spent))
                    found[t] += selected->nodes.at(0).size();
        });
    for (auto& thread : threads)
        thread.join();
    for (const auto count : found)
        BOOST_TEST(count == 10'000u);
    BOOST_TEST(has_no_children());
}

BOOST_AUTO_TEST_SUITE_END()
