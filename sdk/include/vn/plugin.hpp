// A plugin in C++17: one class, and VN_PLUGIN(...) at the end of the file. Header only.
//
//     class fixed_amount
//     {
//     public:
//         static constexpr const char* tasks[] = {"security"};
//
//         void run(vn::call call)
//         {
//             vn::document task(call.payload());
//             task.at("analytics/price/amount").set_number(101, 2);
//             call.write(task.xml());
//         }
//     };
//     VN_PLUGIN(fixed_amount, "fixed-amount", "1.0.0", VN_CONCURRENT)
//
// What the class has decides what the plugin offers:
//
//   constructor       vn::host, or nothing
//   vn.task/1         void run(vn::call); static tasks[]: the names it wants, may be missing
//   vn.function/1     static std::vector<vn::function> functions()              see vn/function.hpp
//   vn.fetcher/1      void fetch(vn::call, std::string_view uri), static schemes[]
//
// Failure is an exception: vn::error(status, reason); std::bad_alloc becomes VN_RETRY, everything else VN_FAILED.
// Nothing thrown leaves the plugin. Flags: VN_CONCURRENT when run() may be entered by several threads at once;
// VN_SERIAL when not even two instances in one process may; 0 when one call per instance is safe.
#pragma once

#include <vn/call.hpp>
#include <vn/document.hpp>
#include <vn/error.hpp>
#include <vn/function.hpp>
#include <vn/number.hpp>
#include <vn/plugin.h>

#include <cstdint>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <vector>

namespace vn::detail {

template <class P, class = void>
struct has_run : std::false_type
{};
template <class P>
struct has_run<P, std::void_t<decltype(std::declval<P&>().run(std::declval<call&>()))>> : std::true_type
{};

template <class P, class = void>
struct has_tasks : std::false_type
{};
template <class P>
struct has_tasks<P, std::void_t<decltype(P::tasks)>> : std::true_type
{};

template <class P, class = void>
struct has_functions : std::false_type
{};
template <class P>
struct has_functions<P, std::void_t<decltype(P::functions())>> : std::true_type
{};

template <class P, class = void>
struct has_fetch : std::false_type
{};
template <class P>
struct has_fetch<P, std::void_t<decltype(std::declval<P&>().fetch(std::declval<call&>(), std::string_view()))>>
    : std::true_type
{};

// One instance of a plugin, and the tables it offers. None of the functions given to the host throws.
template <class P>
class instance : instance_head
{
    static_assert(has_run<P>::value || has_functions<P>::value || has_fetch<P>::value,
                  "a plugin has run(vn::call), functions() or fetch(vn::call, std::string_view)");

    P plugin_;
    std::vector<function> functions_;
    std::vector<const vn_function*> rows_;
    vn_task task_{};
    vn_functions function_table_{};
    vn_fetcher fetcher_{};

    static P make(vn::host host)
    {
        if constexpr (std::is_constructible_v<P, vn::host>)
            return P(host);
        else
            return P();
    }

    static vn_status run(vn_instance* self, vn_call* raw) noexcept
    {
        return guarded(raw, [&] {
            call at(raw);
            plugin_of<P>(self).run(at);
        });
    }

    static vn_status fetch(vn_instance* self, vn_call* raw, vn_bytes uri) noexcept
    {
        return guarded(raw, [&] {
            call at(raw);
            plugin_of<P>(self).fetch(at, view(uri));
        });
    }

    explicit instance(vn::host host) : instance_head{nullptr}, plugin_(make(host))
    {
        plugin = &plugin_;
        if constexpr (has_run<P>::value)
        {
            task_ = {sizeof(vn_task), 0, nullptr, &run};
            if constexpr (has_tasks<P>::value)
            {
                task_.names = P::tasks;
                task_.name_count = static_cast<std::uint32_t>(std::size(P::tasks));
            }
        }
        if constexpr (has_functions<P>::value)
        {
            functions_ = P::functions();
            for (const auto& each : functions_)
                rows_.push_back(each.raw());
            function_table_ = {sizeof(vn_functions), static_cast<std::uint32_t>(rows_.size()), rows_.data()};
        }
        if constexpr (has_fetch<P>::value)
            fetcher_ = {sizeof(vn_fetcher), static_cast<std::uint32_t>(std::size(P::schemes)), P::schemes, &fetch};
    }

public:
    static vn_instance* create(const vn_host* raw) noexcept
    {
        const vn::host host(raw);
        try
        {
            instance_head* made = new instance(host);
            return reinterpret_cast<vn_instance*>(made);
        }
        catch (const std::exception& e)
        {
            host.error(e.what());
        }
        catch (...)
        {
            host.error("an exception that is not a std::exception");
        }
        return nullptr;
    }

    static void destroy(vn_instance* self) noexcept
    {
        delete static_cast<instance*>(reinterpret_cast<instance_head*>(self));
    }

    static const void* capability(vn_instance* self, const char* id) noexcept
    {
        const auto& me = *static_cast<instance*>(reinterpret_cast<instance_head*>(self));
        if (has_run<P>::value && std::strcmp(id, VN_TASK) == 0)
            return &me.task_;
        if (has_functions<P>::value && std::strcmp(id, VN_FUNCTION) == 0)
            return &me.function_table_;
        if (has_fetch<P>::value && std::strcmp(id, VN_FETCHER) == 0)
            return &me.fetcher_;
        return nullptr;
    }
};

} // namespace vn::detail

// Defines the entry of the plugin. Once, outside of every namespace. name, version: literals; flags: see vn_plugin.
#define VN_PLUGIN(Type, plugin_name, plugin_version, plugin_flags)                                                     \
    extern "C" VN_EXPORT const vn_plugin* vn_plugin_entry(void)                                                        \
    {                                                                                                                  \
        static constexpr vn_plugin table = {sizeof(vn_plugin),                                                         \
                                            VN_ABI_MAJOR,                                                              \
                                            VN_ABI_MINOR,                                                              \
                                            plugin_flags,                                                              \
                                            plugin_name,                                                               \
                                            plugin_version,                                                            \
                                            &::vn::detail::instance<Type>::create,                                     \
                                            &::vn::detail::instance<Type>::destroy,                                    \
                                            &::vn::detail::instance<Type>::capability};                                \
        return &table;                                                                                                 \
    }
