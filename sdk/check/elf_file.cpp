#include "check/elf_file.hpp"

#include <elf.h>
#include <link.h>
#include <sys/stat.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>

namespace vn::check {
namespace {

// One T at an offset of the file; false where the file is too short.
template <class T>
bool read_at(const std::string& bytes, std::uint64_t offset, T& value)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof value)
        return false;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return true;
}

// The architecture of this program is that of its own header.
ElfW(Half) own_machine()
{
    std::ifstream in("/proc/self/exe", std::ios::binary);
    ElfW(Ehdr) header{};
    in.read(reinterpret_cast<char*>(&header), sizeof header);
    return header.e_machine;
}

} // namespace

elf_file read_elf(const std::string& file)
{
    struct stat status{};
    if (stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
        return {"not a regular file", {}};
    std::ifstream in(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};

    ElfW(Ehdr) header{};
    if (!read_at(bytes, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        return {"not an ELF file", {}};
    if (header.e_ident[EI_CLASS] != (sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32) || header.e_machine != own_machine())
        return {"made for another architecture", {}};
    if (header.e_type != ET_DYN)
        return {"not a shared object", {}};

    elf_file found;
    for (unsigned i = 0; i < header.e_shnum; ++i)
    {
        ElfW(Shdr) section{}, names{};
        if (!read_at(bytes, header.e_shoff + std::uint64_t(i) * header.e_shentsize, section))
            return {"cut off", {}};
        if (section.sh_type != SHT_DYNSYM)
            continue;
        if (!read_at(bytes, header.e_shoff + std::uint64_t(section.sh_link) * header.e_shentsize, names))
            return {"cut off", {}};
        for (std::uint64_t at = 0; at + sizeof(ElfW(Sym)) <= section.sh_size; at += sizeof(ElfW(Sym)))
        {
            ElfW(Sym) symbol{};
            if (!read_at(bytes, section.sh_offset + at, symbol))
                return {"cut off", {}};
            const auto binding = symbol.st_info >> 4;
            const auto visibility = symbol.st_other & 3;
            const auto name = names.sh_offset + symbol.st_name;
            if (symbol.st_shndx != SHN_UNDEF && binding != STB_LOCAL && name < bytes.size() &&
                (visibility == STV_DEFAULT || visibility == STV_PROTECTED))
                found.exports.push_back(bytes.c_str() + name);
        }
    }
    return found;
}

} // namespace vn::check
