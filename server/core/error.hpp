// How failures are told: an error_code where a program decides, a failure where a person has to read it.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>

namespace vn {

using boost::system::error_code;

// Names and one sentence each are in error.cpp.
enum class errc
{
    timed_out = 1,
    unavailable,
    lost_ownership,
    protocol,
};

const boost::system::error_category& vn_category() noexcept;
inline error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), vn_category()}; }

template <class T, class E = error_code>
using result = boost::system::result<T, E>;

// Something that went wrong with a request, a task or a document. code is contract: lower case, words joined by
// '-', listed in docs/errors.md. message is for people and may change.
struct failure
{
    std::string code;
    std::string message;
    // Position in the document, from 1; 0 where there is none.
    unsigned long line = 0;
    unsigned long column = 0;
    // What exactly is wrong where message is a fixed sentence; may be empty.
    std::string reason = {};

    bool operator==(const failure&) const = default;
};

// What result<T, failure>::value() throws; nobody should need it.
[[noreturn]] void throw_exception_from_error(const failure& f, const boost::source_location& where);

} // namespace vn

template <>
struct boost::system::is_error_code_enum<vn::errc> : std::true_type
{
};
