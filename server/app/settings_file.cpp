#include "app/settings_file.hpp"

#include "app/setting_text.hpp"
#include "app/settings_lines.hpp"

#include <boost/property_tree/info_parser.hpp>
#include <boost/property_tree/ptree.hpp>

#include <fstream>
#include <map>
#include <sstream>

namespace vn {

namespace {

using boost::property_tree::ptree;

constexpr std::uintmax_t largest = 1 << 20;

class reader
{
    const std::string name_;
    settings_file out_;
    settings_lines lines_;
    std::size_t next_key_ = 0;
    std::size_t routes_ = 0;
    std::map<std::string, std::size_t, std::less<>> first_lines_;

public:
    explicit reader(const std::filesystem::path& file) : name_(file.string()) {}

    settings_file read(const std::filesystem::path& file)
    {
        std::string text;
        if (!take_text(file, text))
            return std::move(out_);
        lines_ = scan_settings(text);
        for (const auto& mistake : lines_.mistakes)
            complain(mistake.line, mistake.what);

        ptree tree;
        if (lines_.sound && parse(tree))
            walk(tree, {}, {});
        return std::move(out_);
    }

private:
    void complain(std::size_t line, const std::string& what)
    {
        out_.mistakes.push_back(name_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
    }

    bool take_text(const std::filesystem::path& file, std::string& text)
    {
        std::error_code ec;
        const auto status = std::filesystem::status(file, ec);
        if (!std::filesystem::exists(status))
            return complain(0, "there is no such file"), false;
        // Opening a FIFO would wait for somebody to write.
        if (!std::filesystem::is_regular_file(status))
            return complain(0, "this is not a regular file"), false;

        std::ifstream in(file, std::ios::binary);
        text.resize(largest + 1);
        in.read(text.data(), static_cast<std::streamsize>(text.size()));
        if (in.bad() || !in.is_open())
            return complain(0, "the file cannot be read"), false;
        text.resize(static_cast<std::size_t>(in.gcount()));
        if (text.size() > largest)
            return complain(0, "the file is larger than 1 MiB"), false;
        return true;
    }

    bool parse(ptree& tree)
    {
        std::istringstream in(lines_.text);
        try
        {
            boost::property_tree::read_info(in, tree);
            return true;
        }
        catch (const boost::property_tree::info_parser_error& e)
        {
            complain(e.line(), e.message());
            return false;
        }
    }

    // The scan follows the parser's rules; should the two ever differ, lines are missing, nothing else.
    settings_lines::key next_key()
    {
        return next_key_ < lines_.keys.size() ? lines_.keys[next_key_++] : settings_lines::key{0, false};
    }

    void walk(const ptree& section, const std::string& prefix, const std::vector<std::string>& above)
    {
        for (const auto& [name, node] : section)
        {
            const auto at = next_key();
            auto path = prefix.empty() ? name : prefix + "." + name;
            auto keys = above;
            keys.push_back(name);
            if (path == "tasks.route")
            {
                // Of equal length, so that they sort in their order.
                const auto number = std::to_string(++routes_);
                const auto mark = "#" + std::string(7 - std::min<std::size_t>(number.size(), 7), '0') + number;
                path += mark;
                keys.back() += mark;
            }
            if (!at.stray)
                take_node(path, keys, node, at.line);
            walk(node, path, keys);
        }
    }

    void take_node(const std::string& path, const std::vector<std::string>& keys, const ptree& node, std::size_t line)
    {
        const auto [first, is_new] = first_lines_.emplace(path, line);
        if (!is_new)
            complain(line, path + ": given twice, first in line " + std::to_string(first->second));
        else if (node.empty())
            out_.entries.push_back({path, keys, node.data(), line});
        else if (!node.data().empty())
            complain(line, path + ": a section cannot have a value of its own");
    }
};

} // namespace

settings_file read_settings_file(const std::filesystem::path& file)
{
    return reader(file).read(file);
}

} // namespace vn
