#include "execution/file_fetcher.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

namespace fs = std::filesystem;

struct folders
{
    fs::path top;
    fs::path root;
    fs::path other;

    folders()
    {
        std::string name = (fs::temp_directory_path() / "vn-files-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(name.data()));
        top = fs::canonical(name);
        root = top / "root";
        other = top / "other";
        fs::create_directories(root / "sub");
        fs::create_directories(other);
        put(root / "a.xml", "<a/>");
        put(root / "sub/b.xml", "<b/>");
        put(root / "with space%20.xml", "<s/>");
        put(other / "c.xml", "<c/>");
        put(top / "secret.xml", "<secret/>");
        put(top / "root-too.xml", "<x/>");
    }
    ~folders() { fs::remove_all(top); }

    static void put(const fs::path& file, const std::string& text) { std::ofstream(file) << text; }
};

std::string outcome(const vn::file_fetcher& fetcher, const std::string& uri)
{
    const auto got = fetcher.blocking_fetch(uri);
    return got ? *got : got.error().code;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(file_fetcher, folders)

BOOST_AUTO_TEST_CASE(reads_files_below_its_roots)
{
    const vn::file_fetcher fetcher({.roots = {root.string(), other.string()}});
    const auto absolute = (root / "a.xml").string();
    BOOST_TEST(outcome(fetcher, "a.xml") == "<a/>");
    BOOST_TEST(outcome(fetcher, "file:a.xml") == "<a/>");
    BOOST_TEST(outcome(fetcher, "FILE:sub/../a.xml") == "<a/>");
    BOOST_TEST(outcome(fetcher, "./sub/b.xml") == "<b/>");
    BOOST_TEST(outcome(fetcher, "with space%20.xml") == "<s/>");
    BOOST_TEST(outcome(fetcher, absolute) == "<a/>");
    BOOST_TEST(outcome(fetcher, "file:" + absolute) == "<a/>");
    BOOST_TEST(outcome(fetcher, "file://" + absolute) == "<a/>");
    BOOST_TEST(outcome(fetcher, "file://localhost" + absolute) == "<a/>");
    BOOST_TEST(outcome(fetcher, (other / "c.xml").string()) == "<c/>");
}

BOOST_AUTO_TEST_CASE(everything_else_looks_missing)
{
    const vn::file_fetcher fetcher({.roots = {root.string()}});
    fs::create_symlink(top / "secret.xml", root / "link.xml");
    fs::create_symlink("../secret.xml", root / "relative.xml");
    fs::create_symlink("../other", root / "folder");
    fs::create_symlink("/proc/self/root", root / "magic");
    BOOST_REQUIRE(mkfifo((root / "fifo").c_str(), 0600) == 0);
    const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    std::strncpy(address.sun_path, (root / "socket").c_str(), sizeof address.sun_path - 1);
    BOOST_REQUIRE(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);

    for (const std::string& uri : {std::string("none.xml"),
                                   std::string("../secret.xml"),
                                   std::string("sub/../../secret.xml"),
                                   std::string("../root/a.xml"),
                                   std::string("link.xml"),
                                   std::string("relative.xml"),
                                   std::string("folder/c.xml"),
                                   std::string("magic/etc/passwd"),
                                   std::string("fifo"),
                                   std::string("socket"),
                                   std::string("sub"),
                                   std::string("."),
                                   std::string(""),
                                   std::string("file:"),
                                   std::string("file:///"),
                                   std::string("file://"),
                                   std::string("file://host/a.xml"),
                                   std::string("/etc/passwd"),
                                   std::string("/dev/null"),
                                   std::string("/dev/zero"),
                                   (top / "secret.xml").string(),
                                   (other / "c.xml").string(),
                                   (top / "root-too.xml").string(),
                                   (root / "../secret.xml").string(),
                                   root.string(),
                                   root.string() + "//",
                                   std::string(5000, 'a')})
        BOOST_TEST(outcome(fetcher, uri) == "document-missing", uri);
    close(listener);
    const vn::file_fetcher none({});
    BOOST_TEST(outcome(none, "a.xml") == "document-missing");
}

BOOST_AUTO_TEST_CASE(links_that_stay_inside_are_followed)
{
    fs::create_symlink("sub/b.xml", root / "inside.xml");
    const vn::file_fetcher fetcher({.roots = {root.string()}});
    BOOST_TEST(outcome(fetcher, "inside.xml") == "<b/>");
}

BOOST_AUTO_TEST_CASE(a_root_may_be_named_by_a_link)
{
    fs::create_directory_symlink(root, top / "alias");
    const vn::file_fetcher fetcher({.roots = {(top / "alias").string()}});
    BOOST_TEST(outcome(fetcher, "a.xml") == "<a/>");
    BOOST_TEST(outcome(fetcher, (top / "alias/a.xml").string()) == "<a/>");
    BOOST_TEST(outcome(fetcher, (root / "a.xml").string()) == "<a/>");
}

BOOST_AUTO_TEST_CASE(size_and_time_are_limited)
{
    put(root / "ten.xml", "0123456789");
    const vn::file_fetcher ten({.roots = {root.string()}, .max_bytes = 10});
    const vn::file_fetcher nine({.roots = {root.string()}, .max_bytes = 9});
    BOOST_TEST(outcome(ten, "ten.xml") == "0123456789");
    BOOST_TEST(outcome(nine, "ten.xml") == "document-too-large");
    const vn::file_fetcher late({.roots = {root.string()}, .time_limit = std::chrono::milliseconds(-1)});
    BOOST_TEST(outcome(late, "ten.xml") == "document-timeout");
}

BOOST_AUTO_TEST_CASE(a_root_that_is_not_there_is_an_error_at_the_start)
{
    BOOST_CHECK_THROW(vn::file_fetcher({.roots = {root.string(), (top / "gone").string()}}), std::runtime_error);
    BOOST_CHECK_THROW(vn::file_fetcher({.roots = {(root / "a.xml").string()}}), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
