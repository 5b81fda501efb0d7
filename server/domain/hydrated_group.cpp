#include "domain/hydrated_group.hpp"

#include <charconv>

namespace vn {

namespace {

// The stored form: this line, then texts, each as its length in decimal, a line feed and its bytes, in the order
// number of tasks, before, after, shell, and for each task name and element.
constexpr std::string_view first_line = "vnserver group 1\n";

void put(std::string& out, std::string_view text)
{
    out += std::to_string(text.size());
    out += '\n';
    out += text;
}

bool take(std::string_view& bytes, std::string& text)
{
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), size);
    if (error != std::errc() || end == bytes.data() + bytes.size() || *end != '\n')
        return false;
    bytes.remove_prefix(static_cast<std::size_t>(end - bytes.data()) + 1);
    if (size > bytes.size())
        return false;
    text.assign(bytes.substr(0, size));
    bytes.remove_prefix(size);
    return true;
}

} // namespace

std::string hydrated_group::task_document(std::size_t task) const
{
    const auto& element = tasks_.at(task - 1).element;
    std::string out;
    out.reserve(task_document_bytes(task));
    out += before_;
    out += element;
    out += after_;
    return out;
}

std::size_t hydrated_group::task_document_bytes(std::size_t task) const
{
    return before_.size() + tasks_.at(task - 1).element.size() + after_.size();
}

void hydrated_group::drop_documents() noexcept
{
    for (auto& t : tasks_)
        std::string().swap(t.element); // assigning an empty one would keep the memory
}

std::string hydrated_group::serialise() const
{
    std::size_t size = 128 + before_.size() + after_.size() + shell_.size();
    for (const auto& t : tasks_)
        size += 32 + t.name.size() + t.element.size();
    std::string out;
    out.reserve(size);
    out += first_line;
    put(out, std::to_string(tasks_.size()));
    put(out, before_);
    put(out, after_);
    put(out, shell_);
    for (const auto& t : tasks_)
    {
        put(out, t.name);
        put(out, t.element);
    }
    return out;
}

result<hydrated_group, failure> hydrated_group::restore(std::string_view bytes)
{
    const failure damaged{.code = "hydrated-group-damaged", .message = "A stored group cannot be read."};
    if (!bytes.starts_with(first_line))
        return damaged;
    bytes.remove_prefix(first_line.size());
    hydrated_group out;
    std::string count;
    if (!take(bytes, count) || !take(bytes, out.before_) || !take(bytes, out.after_) || !take(bytes, out.shell_))
        return damaged;
    while (!bytes.empty())
    {
        auto& t = out.tasks_.emplace_back();
        if (!take(bytes, t.name) || !take(bytes, t.element))
            return damaged;
    }
    if (count != std::to_string(out.tasks_.size()))
        return damaged;
    return out;
}

} // namespace vn
