// The task documents of one group, made once and stored (R6). What all of them share is kept once.
#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace vn {

// Tasks are numbered from 1, as everywhere.
class hydrated_group
{
public:
    std::size_t task_count() const noexcept { return tasks_.size(); }
    // The attribute `name` of the valuation; may be empty.
    const std::string& valuation_name(std::size_t task) const { return tasks_.at(task - 1).name; }
    std::string task_document(std::size_t task) const;
    std::size_t task_document_bytes(std::size_t task) const;

    // When all tasks are done: no document is asked for any more, nor is serialise() called. What complete() needs
    // stays.
    void drop_documents() noexcept;

    // restore(serialise()) has exactly the same task documents. Code of restore: hydrated-group-damaged.
    std::string serialise() const;
    static result<hydrated_group, failure> restore(std::string_view bytes);

private:
    friend class group_hydration;
    friend class valuation_document;

    struct task
    {
        std::string name;
        std::string element; // the valuation and its tail
    };

    std::string before_; // the task document up to the task element
    std::string after_;
    std::string shell_; // the group without its valuations, for the live document
    std::vector<task> tasks_;
};

} // namespace vn
