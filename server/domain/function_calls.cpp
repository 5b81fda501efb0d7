#include "domain/function_calls.hpp"

namespace vn {

namespace {

// The beginning of a text as it may stand in a message.
std::string shown(const std::string& text)
{
    constexpr std::size_t most = 60;
    if (text.size() <= most)
        return text;
    auto size = most;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80)
        --size;
    return text.substr(0, size) + "...";
}

} // namespace

failure wrong_argument(const function_signature& f, const function_parameter& p, const std::string& what)
{
    return failure{.code = "hydration-failed",
                   .message = "Custom function '" + f.name + "': argument '" + p.name + "' " + what + "."};
}

failure call_failed(const function_signature& f, const std::string& why)
{
    const auto end = why.ends_with('.') ? "" : ".";
    return failure{.code = "function-failed", .message = "Custom function '" + f.name + "' failed: " + why + end};
}

const function_signature* function_calls::find(std::string_view name) const
{
    if (const auto* built_in = built_in_signature(name))
        return built_in;
    const auto found = table_->find(name);
    return found == table_->end() ? nullptr : &found->second->signature();
}

result<std::string, failure> function_calls::call(const function_signature& f, std::vector<std::string> arguments)
{
    if (arguments.size() < f.least() || (!arguments.empty() && !f.at(arguments.size() - 1)))
        return failure{.code = "hydration-failed",
                       .message = "Custom function '" + f.name + "' expects " + f.expectation() + "; received " +
                                  std::to_string(arguments.size()) + "."};
    for (std::size_t i = 0; i < arguments.size(); ++i)
    {
        const auto& p = *f.at(i);
        arguments[i] = value_text(p.type, arguments[i]);
        if (!is_of_type(p.type, arguments[i]))
            return wrong_argument(
                f, p, "must be " + std::string(with_article(p.type)) + " (got '" + shown(arguments[i]) + "')");
    }
    if (++calls_ > limits_.function_calls)
        return failure{.code = "hydration-limit",
                       .message = "Hydration calls more than " + std::to_string(limits_.function_calls) +
                                  " custom functions."};
    if (spent_ > limits_.function_time)
        return failure{.code = "hydration-limit", .message = "Custom functions take too long together."};

    auto made = run(f, arguments);
    if (!made)
        return call_failed(f, made.error().message);
    if (made->size() > limits_.function_bytes)
        return failure{.code = "hydration-limit",
                       .message = "The result of custom function '" + f.name + "' is larger than " +
                                  std::to_string(limits_.function_bytes) + " bytes."};
    const std::string value(value_text(f.result, *made));
    if (!is_of_type(f.result, value))
        return call_failed(f, "its result '" + shown(value) + "' is not " + std::string(with_article(f.result)));
    return value;
}

result<std::string, failure> function_calls::run(const function_signature& f, const std::vector<std::string>& arguments)
{
    if (built_in_signature(f.name) == &f)
        return built_in_.call(f.name, arguments);
    return table_->find(f.name)->second->blocking_call(arguments, spent_);
}

} // namespace vn
