#include "execution/plugin_file_elf.hpp"

#include <algorithm>
#include <cstdint>
#include <elf.h>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace vn {

namespace {

using header = Elf64_Ehdr;

// Far above what linkers make.
constexpr std::uint64_t most_sections = 65'000;

failure wrong_kind(std::string what)
{
    return {.code = "plugin-wrong-kind", .message = std::move(what)};
}

failure incomplete(const std::string& what, std::uint64_t end, std::uint64_t size)
{
    return {.code = "plugin-incomplete",
            .message = "the file is not complete: " + what + " up to byte " + std::to_string(end) + ", but it has " +
                       std::to_string(size)};
}

bool read_exactly(int fd, void* into, std::size_t n, std::uint64_t at)
{
    std::size_t done = 0;
    while (done < n)
    {
        const auto got = ::pread(fd, static_cast<char*>(into) + done, n - done, static_cast<off_t>(at + done));
        if (got <= 0)
            return false;
        done += static_cast<std::size_t>(got);
    }
    return true;
}

// What we are ourselves is what can be loaded here.
const header& own_header()
{
    static const header own = [] {
        header h{};
        const int fd = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        if (fd >= 0)
        {
            read_exactly(fd, &h, sizeof h, 0);
            ::close(fd);
        }
        return h;
    }();
    return own;
}

// Where a part of the file ends; saturates instead of wrapping around.
std::uint64_t end_of(std::uint64_t offset, std::uint64_t length)
{
    return offset + length < offset ? UINT64_MAX : offset + length;
}

template <class Entry>
std::optional<std::vector<Entry>> read_table(int fd, std::uint64_t at, std::uint64_t count)
{
    std::vector<Entry> table(count);
    if (!read_exactly(fd, table.data(), count * sizeof(Entry), at))
        return std::nullopt;
    return table;
}

std::optional<failure> judge_segments(int fd, const header& h, std::uint64_t size)
{
    if (h.e_phnum == 0 || h.e_phentsize != sizeof(Elf64_Phdr))
        return wrong_kind("the file has nothing to load");
    const auto table_end = end_of(h.e_phoff, std::uint64_t{h.e_phnum} * sizeof(Elf64_Phdr));
    if (table_end > size)
        return incomplete("the table of segments reaches", table_end, size);
    const auto table = read_table<Elf64_Phdr>(fd, h.e_phoff, h.e_phnum);
    if (!table)
        return failure{.code = "plugin-unreadable", .message = "the file cannot be read"};
    bool dynamic = false;
    for (const auto& segment : *table)
    {
        dynamic = dynamic || segment.p_type == PT_DYNAMIC;
        if (const auto end = end_of(segment.p_offset, segment.p_filesz); end > size)
            return incomplete("a segment reaches", end, size);
    }
    if (!dynamic)
        return wrong_kind("the file is not dynamically linked");
    return std::nullopt;
}

// The table of sections stands at the end, so a file that was cut off shows it here.
std::optional<failure> judge_sections(int fd, const header& h, std::uint64_t size)
{
    if (h.e_shnum == 0 || h.e_shoff == 0)
        return std::nullopt;
    if (h.e_shentsize != sizeof(Elf64_Shdr) || h.e_shnum > most_sections)
        return wrong_kind("the table of sections is not one");
    const auto table_end = end_of(h.e_shoff, std::uint64_t{h.e_shnum} * sizeof(Elf64_Shdr));
    if (table_end > size)
        return incomplete("the table of sections reaches", table_end, size);
    const auto table = read_table<Elf64_Shdr>(fd, h.e_shoff, h.e_shnum);
    if (!table)
        return failure{.code = "plugin-unreadable", .message = "the file cannot be read"};
    for (const auto& section : *table)
        if (const auto end = end_of(section.sh_offset, section.sh_size); section.sh_type != SHT_NOBITS && end > size)
            return incomplete("a section reaches", end, size);
    return std::nullopt;
}

} // namespace

std::optional<failure> judge_elf(int fd, std::uint64_t size)
{
    header h{};
    if (size == 0)
        return failure{.code = "plugin-incomplete", .message = "the file is empty"};
    const bool has_header = size >= sizeof h && read_exactly(fd, &h, sizeof h, 0);
    if (!has_header)
        read_exactly(fd, &h, std::min<std::uint64_t>(size, SELFMAG), 0);
    if (!std::equal(h.e_ident, h.e_ident + SELFMAG, ELFMAG))
        return wrong_kind("the file is not a shared object (ELF)");
    if (!has_header)
        return incomplete("its header reaches", sizeof h, size);

    const auto& own = own_header();
    if (h.e_ident[EI_CLASS] != own.e_ident[EI_CLASS])
        return wrong_kind("the file is for a machine with another word size");
    if (h.e_ident[EI_DATA] != own.e_ident[EI_DATA] || h.e_machine != own.e_machine)
        return wrong_kind("the file is for another kind of machine (ELF machine " + std::to_string(h.e_machine) +
                          ", here " + std::to_string(own.e_machine) + ")");
    if (h.e_type != ET_DYN)
        return wrong_kind("the file is no shared object but ELF of type " + std::to_string(h.e_type));
    if (auto bad = judge_segments(fd, h, size))
        return bad;
    return judge_sections(fd, h, size);
}

} // namespace vn
