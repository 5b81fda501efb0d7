// Hydration functions from ordinary C++ functions: one short function, and one line in the plugin's functions().
//
//     double add(double a, double b) { return a + b; }
//     vn::function_of<add>("add", "a + b", {"a: the first summand", "b: the second"})
//
// Argument types    double, std::int64_t, bool, std::string_view (text), vn::date, vn::xml, vn::path;
//                   std::optional<T>: may be left out; std::vector<T> as the last: any number of them.
// Result types      those, and std::string for text.
// A vn::call as the first parameter gets the call itself. What does not fit its type ends the call with VN_INVALID and
// the argument's name. Members work as well: vn::function_of<&my_plugin::lookup>(...).
#pragma once

#include <vn/call.hpp>
#include <vn/detail/typed.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace vn {

namespace detail {

template <class T>
using bare = std::remove_cv_t<std::remove_reference_t<T>>;

// The parameters of a function, free or member, without a leading vn::call.
template <class Plugin, class Result, bool Call, class... Args>
struct parameters
{
    using plugin = Plugin;
    using result = bare<Result>;
    static constexpr bool takes_call = Call;
    static constexpr std::size_t count = sizeof...(Args);
    using values = std::tuple<bare<Args>...>;

    template <std::size_t... I>
    static values read(const given& all, std::index_sequence<I...>)
    {
        return values{reader<bare<Args>>::read(all, I)...};
    }
};

template <class Plugin, class Result, class... Args>
struct split
{
    using type = parameters<Plugin, Result, false, Args...>;
};

template <class Plugin, class Result, class... Args>
struct split<Plugin, Result, call, Args...>
{
    using type = parameters<Plugin, Result, true, Args...>;
};

template <class F>
struct signature;
template <class R, class... A>
struct signature<R (*)(A...)> : split<void, R, A...>
{};
template <class R, class... A>
struct signature<R (*)(A...) noexcept> : split<void, R, A...>
{};
template <class P, class R, class... A>
struct signature<R (P::*)(A...)> : split<P, R, A...>
{};
template <class P, class R, class... A>
struct signature<R (P::*)(A...) const> : split<P, R, A...>
{};

// Calls F with the arguments, and writes what it returns.
template <auto F>
void apply(vn_instance* instance, call at, const given& all)
{
    using parts = typename signature<decltype(F)>::type;
    auto values = parts::read(all, std::make_index_sequence<parts::count>());

    const auto invoke = [&](auto&&... value) -> decltype(auto) {
        if constexpr (std::is_void_v<typename parts::plugin>)
        {
            if constexpr (parts::takes_call)
                return F(at, std::move(value)...);
            else
                return F(std::move(value)...);
        }
        else
        {
            auto& plugin = plugin_of<typename parts::plugin>(instance);
            if constexpr (parts::takes_call)
                return (plugin.*F)(at, std::move(value)...);
            else
                return (plugin.*F)(std::move(value)...);
        }
    };
    at.write(typed<typename parts::result>::write(std::apply(invoke, std::move(values))));
}

template <class Values>
struct declared;

template <class... Args>
struct declared<std::tuple<Args...>>
{
    static std::vector<vn_argument> list() { return {vn_argument{"", "", typed<Args>::type, typed<Args>::flags}...}; }
};

} // namespace detail

// One function as the host sees it. Copies share what they point to.
class function
{
    struct table
    {
        vn_function row{};
        std::vector<vn_argument> arguments;
        std::vector<std::string> texts; // names and helps of the arguments
    };
    std::shared_ptr<table> table_ = std::make_shared<table>();

public:
    // Made by function_of().
    function(const char* name, const char* help, std::vector<vn_argument> arguments, const char* const* texts,
             std::int32_t result, decltype(vn_function::call) call)
    {
        auto& t = *table_;
        t.arguments = std::move(arguments);
        t.texts.reserve(t.arguments.size() * 2);
        for (std::size_t i = 0; i < t.arguments.size(); ++i)
        {
            const std::string_view text = texts[i];
            const auto colon = text.find(':');
            t.texts.emplace_back(trimmed(text.substr(0, colon)));
            t.arguments[i].name = t.texts.back().c_str();
            t.texts.emplace_back(colon == text.npos ? std::string_view() : trimmed(text.substr(colon + 1)));
            t.arguments[i].help = t.texts.back().c_str();
        }
        t.row.struct_size = sizeof(vn_function);
        t.row.argument_count = static_cast<std::uint32_t>(t.arguments.size());
        t.row.name = name;
        t.row.help = help;
        t.row.arguments = t.arguments.data();
        t.row.result = result;
        t.row.call = call;
    }

    const vn_function* raw() const noexcept { return &table_->row; }
};

namespace detail {

template <auto F>
vn_status call_function(vn_instance* instance, const vn_function* self, vn_call* raw, const vn_bytes* arguments,
                        std::uint32_t count) noexcept
{
    return guarded(raw, [&] { apply<F>(instance, call(raw), given{arguments, count, self->arguments}); });
}

template <auto F>
function make_function(const char* name, const char* help, const char* const* texts)
{
    using parts = typename signature<decltype(F)>::type;
    using result = typename parts::result;
    return function(name, help, declared<typename parts::values>::list(), texts, typed<result>::type,
                    &call_function<F>);
}

} // namespace detail

// Declares F under a name (a literal, as is help). arguments: "name: help" for each parameter but a leading vn::call;
// a wrong number of them does not compile.
template <auto F, std::size_t N>
function function_of(const char* name, const char* help, const char* const (&arguments)[N])
{
    static_assert(N == detail::signature<decltype(F)>::type::count, "one \"name: help\" for each parameter");
    return detail::make_function<F>(name, help, arguments);
}

template <auto F>
function function_of(const char* name, const char* help)
{
    static_assert(detail::signature<decltype(F)>::type::count == 0, "one \"name: help\" for each parameter");
    return detail::make_function<F>(name, help, nullptr);
}

} // namespace vn
