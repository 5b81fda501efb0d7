// The drop folder: files made, replaced, overwritten, cut off and removed while it is watched.
#include "core/log.hpp"
#include "core/sha256.hpp"
#include "core/task_group.hpp"
#include "execution/plugin_folder.hpp"

#include "support/fake_runner.hpp"
#include "support/io_fixture.hpp"

#include <elf.h>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

using namespace vn;
using namespace vn::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

// The smallest shared object that is complete; the text behind its tables is what makes one differ from another.
std::string shared_object(std::string text)
{
    text += '\n';
    Elf64_Ehdr header{};
    std::ifstream("/proc/self/exe", std::ios::binary).read(reinterpret_cast<char*>(&header), sizeof header);
    header.e_type = ET_DYN;
    header.e_phoff = sizeof header;
    header.e_phnum = 1;
    header.e_phentsize = sizeof(Elf64_Phdr);
    Elf64_Phdr segment{};
    segment.p_type = PT_DYNAMIC;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = text.size();
    header.e_shoff = segment.p_offset + text.size();
    header.e_shnum = 1;
    header.e_shentsize = sizeof(Elf64_Shdr);
    const Elf64_Shdr section{};
    const auto bytes = [](const auto& part) { return std::string(reinterpret_cast<const char*>(&part), sizeof part); };
    return bytes(header) + bytes(segment) + text + bytes(section);
}

std::string sha_of(const std::string& text)
{
    return sha256_hex(shared_object(text));
}

struct fixture : io_fixture
{
    fs::path base;
    asio::thread_pool pool{1};
    std::map<std::string, std::shared_ptr<fake_runner>> runners; // by SHA-256
    plugin_registry registry;
    plugin_folder_settings settings;
    plugin_choices choices;
    int described = 0;
    std::map<std::string, std::string> last_settings;

    fixture()
    {
        log::start(log::level::off, log::format::json);
        char name[] = "/tmp/vn-folder-test-XXXXXX";
        base = ::mkdtemp(name);
        fs::create_directory(base / "drop");
        settings.dropped = base / "drop";
        settings.copies = base / "copies";
        settings.rescan = 20s; // inotify has to do
        settings.settle = 20ms;
    }
    ~fixture()
    {
        pool.join();
        fs::permissions(base / "drop", fs::perms::owner_all);
        fs::remove_all(base);
    }

    // What stands in the file decides what it says of itself: "NAME VERSION TASK" or "bad REASON".
    plugin_folder::describer describer()
    {
        return [this](std::string file,
                      std::map<std::string, std::string> given) -> awaitable<result<plugin_description, failure>> {
            ++described;
            last_settings = std::move(given);
            std::ifstream in(file, std::ios::binary);
            in.seekg(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr));
            std::string name, version, task;
            in >> name >> version >> task;
            if (name == "bad")
                co_return failure{.code = "plugin-refused", .message = version};
            co_return describing(name, version, {task});
        };
    }

    plugin_folder::starter starter()
    {
        return [this](const plugin_source& s) -> awaitable<result<started_plugin, failure>> {
            if (s.description.version == "unstartable")
                co_return failure{.code = "plugin-unavailable", .message = "no more processes"};
            auto runner = runners[s.sha256] = std::make_shared<fake_runner>(ctx.get_executor(), s.description);
            co_return started_plugin{runner, "host", ""};
        };
    }

    std::string path(const std::string& name) const { return (base / "drop" / name).string(); }
    void write(const std::string& name, const std::string& bytes, mode_t mode = 0644)
    {
        std::ofstream(path(name), std::ios::binary) << bytes;
        ::chmod(path(name).c_str(), mode);
    }
    void drop(const std::string& name, const std::string& text)
    {
        write(".part-" + name, shared_object(text));
        fs::rename(path(".part-" + name), path(name));
    }

    std::string state_of(const std::string& name)
    {
        std::string all;
        for (const auto& row : registry.list())
            if (row.file == path(name))
                all += (all.empty() ? "" : ", ") + row.state + " " +
                       (row.state == "refused" ? row.code : row.description.version);
        return all;
    }
    awaitable<void> comes_to_be(std::string name, std::string state)
    {
        co_await until([&] { return state_of(name) == state; });
        BOOST_TEST(state_of(name) == state);
    }

    template <class Body>
    void watching(Body body)
    {
        plugin_folder folder(ctx.get_executor(), pool, registry, describer(), starter(), settings, choices);
        task_group group(ctx.get_executor(), [](std::exception_ptr) { BOOST_ERROR("thrown"); });
        run([&]() -> awaitable<void> {
            group.spawn([&] { return folder.run(); });
            co_await until([&] { return folder.first_look_done(); });
            co_await body(folder);
            group.close();
            group.cancel(asio::cancellation_type::terminal);
            co_await group.join();
        });
    }
    std::size_t copies() const
    {
        std::size_t n = 0;
        for (const auto& entry : fs::recursive_directory_iterator(base / "copies"))
            n += entry.path().extension() == ".so";
        return n;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(plugin_folder_, fixture)

BOOST_AUTO_TEST_CASE(what_is_there_at_the_start_is_offered_by_file_name)
{
    drop("b.so", "beta 1.0 bond");
    drop("a.so", "alpha 1.0 bond");
    drop(".hidden.so", "hidden 1.0 x");
    write("README", "text");
    watching([&](plugin_folder&) -> awaitable<void> {
        BOOST_TEST(state_of("a.so") == "offered 1.0");
        BOOST_TEST(state_of("b.so") == "refused plugin-name-taken");
        BOOST_TEST(registry.list().size() == 2u);
        const auto found = registry.by_name("alpha");
        BOOST_TEST(found->source.sha256 == sha_of("alpha 1.0 bond"));
        BOOST_TEST(found->source.path.starts_with(settings.copies));
        struct stat s{};
        BOOST_TEST(::stat((base / "copies").c_str(), &s) == 0);
        BOOST_TEST((s.st_mode & 0777) == 0700u);
        co_return;
    });
}

BOOST_AUTO_TEST_CASE(a_dropped_file_is_offered_and_its_replacements_take_over)
{
    watching([&](plugin_folder&) -> awaitable<void> {
        drop("a.so", "alpha 1.0 bond");
        co_await comes_to_be("a.so", "offered 1.0");
        auto old = runners[sha_of("alpha 1.0 bond")];
        old->counted.running = 1;

        drop("a.so", "alpha 2.0 bond"); // by rename
        co_await comes_to_be("a.so", "offered 2.0, draining 1.0");
        BOOST_TEST(copies() == 2u);
        write("a.so", shared_object("alpha 3.0 bond")); // in place
        co_await comes_to_be("a.so", "offered 3.0, draining 1.0");

        old->counted.running = 0;
        drop("b.so", "beta 1.0 fx");
        co_await comes_to_be("a.so", "offered 3.0");
        co_await until([&] { return copies() == 2; });
    });
}

BOOST_AUTO_TEST_CASE(a_removed_file_drains_and_its_copy_goes)
{
    drop("a.so", "alpha 1.0 bond");
    watching([&](plugin_folder&) -> awaitable<void> {
        auto runner = runners[sha_of("alpha 1.0 bond")];
        runner->counted.running = 1;
        fs::remove(path("a.so"));
        co_await comes_to_be("a.so", "draining 1.0");
        BOOST_TEST(!registry.by_task("bond"));
        runner->counted.running = 0;
        drop("b.so", "beta 1.0 bond");
        co_await comes_to_be("b.so", "offered 1.0");
        co_await comes_to_be("a.so", "");
    });
}

BOOST_AUTO_TEST_CASE(equal_content_is_no_new_version)
{
    drop("a.so", "alpha 1.0 bond");
    watching([&](plugin_folder&) -> awaitable<void> {
        const auto before = registry.by_name("alpha");
        fs::last_write_time(path("a.so"), fs::file_time_type::clock::now());
        drop("a.so", "alpha 1.0 bond");
        drop("z.so", "omega 1.0 x"); // judged after a.so
        co_await comes_to_be("z.so", "offered 1.0");
        BOOST_TEST(registry.by_name("alpha") == before);
        BOOST_TEST(described == 2);
    });
}

BOOST_AUTO_TEST_CASE(half_a_copy_is_refused_until_the_rest_has_come)
{
    const auto whole = shared_object("alpha 1.0 bond");
    watching([&](plugin_folder&) -> awaitable<void> {
        for (const std::size_t half : {std::size_t{0}, std::size_t{10}, std::size_t{100}, whole.size() - 1})
            BOOST_TEST_CONTEXT(half)
            {
                write("a.so", whole.substr(0, half));
                co_await comes_to_be("a.so", "refused plugin-incomplete");
            }
        BOOST_TEST(described == 0);
        std::ofstream(path("a.so"), std::ios::binary | std::ios::app) << whole.back();
        co_await comes_to_be("a.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_CASE(a_file_still_open_is_taken_when_it_is_closed)
{
    settings.settle = 20s;
    const auto whole = shared_object("alpha 1.0 bond");
    watching([&](plugin_folder&) -> awaitable<void> {
        std::ofstream out(path("a.so"), std::ios::binary);
        out << whole.substr(0, 70) << std::flush;
        drop("z.so", "omega 1.0 x");
        co_await comes_to_be("z.so", "offered 1.0");
        BOOST_TEST(state_of("a.so") == "");
        out << whole.substr(70);
        out.close();
        ::chmod(path("a.so").c_str(), 0644);
        co_await comes_to_be("a.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_CASE(a_truncated_or_spoiled_file_leaves_the_version_before)
{
    drop("a.so", "alpha 1.0 bond");
    settings.rescan = 20ms; // nothing tells of it: the file is not opened
    watching([&](plugin_folder&) -> awaitable<void> {
        fs::resize_file(path("a.so"), 0);
        co_await comes_to_be("a.so", "offered 1.0, refused plugin-incomplete");
        drop("a.so", "bad wrong-ABI");
        co_await comes_to_be("a.so", "offered 1.0, refused plugin-refused");
        drop("a.so", "alpha unstartable bond");
        co_await comes_to_be("a.so", "offered 1.0, refused plugin-unavailable");
        BOOST_TEST(!runners[sha_of("alpha 1.0 bond")]->drained);
        drop("a.so", "alpha 1.0 bond");
        co_await comes_to_be("a.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_CASE(wrong_kinds_of_files_are_refused_and_told)
{
    auto other_machine = shared_object("x");
    other_machine[offsetof(Elf64_Ehdr, e_machine)] ^= 0x40;
    auto narrow = shared_object("x");
    narrow[EI_CLASS] = ELFCLASS32;
    auto object = shared_object("x");
    object[offsetof(Elf64_Ehdr, e_type)] = ET_REL;
    auto liar = shared_object("x");
    liar[sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset) + 7] = '\x7f';
    drop("good.so", "alpha 1.0 bond");
    write("text.so", "plain text");
    write("script.so", "#!/bin/sh\nexit 0\n");
    write("machine.so", other_machine);
    write("narrow.so", narrow);
    write("object.so", object);
    write("liar.so", liar);
    write("group.so", shared_object("g 1.0 g"), 0664);
    write("setuid.so", shared_object("s 1.0 s"), 04755);
    fs::create_symlink(path("good.so"), path("link.so"));
    fs::create_symlink(path("nowhere"), path("dangling.so"));
    fs::create_directory(path("folder.so"));
    BOOST_TEST(::mkfifo(path("fifo.so").c_str(), 0644) == 0);
    watching([&](plugin_folder&) -> awaitable<void> {
        for (const char* name : {"text.so", "script.so", "machine.so", "narrow.so", "object.so", "link.so",
                                 "dangling.so", "folder.so", "fifo.so"})
            BOOST_TEST_CONTEXT(name) BOOST_TEST(state_of(name) == "refused plugin-wrong-kind");
        BOOST_TEST(state_of("liar.so") == "refused plugin-incomplete");
        BOOST_TEST(state_of("group.so") == "refused plugin-untrusted");
        BOOST_TEST(state_of("setuid.so") == "refused plugin-untrusted");
        BOOST_TEST(state_of("good.so") == "offered 1.0");
        BOOST_TEST(described == 1);

        ::chmod(path("group.so").c_str(), 0644);
        co_await comes_to_be("group.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_CASE(a_folder_that_others_write_to_offers_nothing)
{
    drop("a.so", "alpha 1.0 bond");
    ::chmod(settings.dropped.c_str(), 0777);
    watching([&](plugin_folder& folder) -> awaitable<void> {
        BOOST_TEST(state_of("a.so") == "refused plugin-untrusted");
        BOOST_TEST(folder.warnings().size() == 1u);
        BOOST_TEST(described == 0);
        ::chmod(settings.dropped.c_str(), 0755);
        co_await comes_to_be("a.so", "offered 1.0");
        BOOST_TEST(folder.warnings().empty());
    });
}

BOOST_AUTO_TEST_CASE(a_parent_that_all_may_write_to_has_to_be_sticky)
{
    fs::create_directories(base / "open/drop");
    ::chmod((base / "open").c_str(), 0777);
    BOOST_TEST(blocking_list_plugins(base / "open/drop").problem.value().code == "plugin-untrusted");
    ::chmod((base / "open").c_str(), 01777);
    BOOST_TEST(!blocking_list_plugins(base / "open/drop").problem);
}

BOOST_AUTO_TEST_CASE(a_folder_that_goes_takes_nothing_with_it)
{
    drop("a.so", "alpha 1.0 bond");
    settings.rescan = 20ms;
    watching([&](plugin_folder& folder) -> awaitable<void> {
        fs::rename(base / "drop", base / "away");
        co_await until([&] { return folder.warnings().size() == 1; });
        BOOST_TEST(state_of("a.so") == "offered 1.0");
        fs::create_directory(base / "drop");
        drop("b.so", "beta 1.0 fx");
        co_await comes_to_be("b.so", "offered 1.0");
        co_await comes_to_be("a.so", "");
        BOOST_TEST(folder.warnings().empty());
    });
}

BOOST_AUTO_TEST_CASE(a_folder_made_later_is_found)
{
    fs::remove(base / "drop");
    settings.rescan = 20ms;
    watching([&](plugin_folder& folder) -> awaitable<void> {
        BOOST_TEST(folder.warnings().size() == 1u);
        fs::create_directory(base / "drop");
        drop("a.so", "alpha 1.0 bond");
        co_await comes_to_be("a.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_CASE(only_what_the_list_allows_is_offered)
{
    settings.allow_list = base / "allowed";
    settings.rescan = 20ms;
    std::ofstream(settings.allow_list) << "# approved\n" << sha_of("alpha 1.0 bond") << "  a.so\n";
    drop("a.so", "alpha 1.0 bond");
    drop("b.so", "beta 1.0 fx");
    watching([&](plugin_folder& folder) -> awaitable<void> {
        BOOST_TEST(state_of("a.so") == "offered 1.0");
        BOOST_TEST(state_of("b.so") == "refused plugin-not-allowed");
        BOOST_TEST(described == 1);

        std::ofstream(settings.allow_list) << sha_of("beta 1.0 fx") << "\n";
        co_await comes_to_be("b.so", "offered 1.0");
        co_await comes_to_be("a.so", "refused plugin-not-allowed");

        fs::remove(settings.allow_list);
        co_await until([&] { return folder.warnings().size() == 1; });
        BOOST_TEST(state_of("b.so") == "offered 1.0");
        std::ofstream(settings.allow_list) << "what?\n";
        drop("c.so", "gamma 1.0 eq");
        co_await comes_to_be("c.so", "refused plugin-not-allowed");
    });
}

BOOST_AUTO_TEST_CASE(five_hundred_files_at_once)
{
    watching([&](plugin_folder&) -> awaitable<void> {
        for (int i = 0; i < 500; ++i)
            drop("p" + std::to_string(i) + ".so", "p" + std::to_string(i) + " 1.0 task" + std::to_string(i));
        co_await until([&] { return registry.offered().size() == 500; });
        BOOST_TEST(registry.by_task("task499")->source.file == path("p499.so"));
        BOOST_TEST(copies() == 500u);
    });
}

BOOST_AUTO_TEST_CASE(settings_are_those_of_the_plugins_name)
{
    choices["alpha"].settings = {{"rate", "0.03"}};
    choices["other"].settings = {{"rate", "0.99"}};
    drop("other.so", "alpha 1.0 bond");
    watching([&](plugin_folder&) -> awaitable<void> {
        BOOST_TEST(last_settings.at("rate") == "0.03");
        BOOST_TEST(registry.by_name("alpha")->source.choice.settings.at("rate") == "0.03");
        co_return;
    });
}

BOOST_AUTO_TEST_CASE(two_servers_on_one_data_folder_have_copies_of_their_own)
{
    const plugin_copies first(settings.copies);
    std::ofstream(first.folder() + "/x.so") << "x";
    const plugin_copies second(settings.copies);
    BOOST_TEST(first.folder() != second.folder());
    BOOST_TEST(copies() == 1u);
}

BOOST_AUTO_TEST_CASE(a_copy_that_cannot_be_written_is_tried_again)
{
    settings.rescan = 20ms;
    watching([&](plugin_folder&) -> awaitable<void> {
        fs::rename(base / "copies/0", base / "copies/hidden"); // no place, as on a full disk
        drop("a.so", "alpha 1.0 bond");
        co_await comes_to_be("a.so", "refused plugin-not-copied");
        fs::rename(base / "copies/hidden", base / "copies/0");
        co_await comes_to_be("a.so", "offered 1.0");
    });
}

BOOST_AUTO_TEST_SUITE_END()
