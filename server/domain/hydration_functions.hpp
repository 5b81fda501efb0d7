// Functions that hydration may call besides the built-in ones (R37). They come and go while requests run.
#pragma once

#include "core/error.hpp"
#include "domain/function_signature.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace vn {

// Any thread, several at once.
class hydration_function
{
public:
    virtual ~hydration_function() = default;

    virtual const function_signature& signature() const = 0;

    // The arguments fit the signature. The result is checked by the caller. Bounded; blocking, pool threads only. What
    // it took is added to spent. message of a failure: why, for the author of the request.
    virtual result<std::string, failure> blocking_call(const std::vector<std::string>& arguments,
                                                       std::chrono::microseconds& spent) const = 0;
};

using function_table = std::map<std::string, std::shared_ptr<const hydration_function>, std::less<>>;

// Any thread. One hydration takes the table once and so sees the same functions from its beginning to its end.
class hydration_functions
{
public:
    // Replaces all there are.
    void publish(function_table functions);
    std::shared_ptr<const function_table> current() const;

private:
    mutable std::mutex mutex_;
    std::shared_ptr<const function_table> functions_ = std::make_shared<function_table>();
};

} // namespace vn
