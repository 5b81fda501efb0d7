#include "core/error.hpp"

#include <stdexcept>

namespace vn {

namespace {

class category final : public boost::system::error_category
{
public:
    const char* name() const noexcept override { return "vnserver"; }

    std::string message(int value) const override
    {
        switch (static_cast<errc>(value))
        {
        case errc::timed_out:
            return "the time allowed is over";
        case errc::unavailable:
            return "the service does not answer";
        case errc::lost_ownership:
            return "the request belongs to another node now";
        case errc::protocol:
            return "the answer has an unexpected form";
        }
        return "unknown error";
    }
};

} // namespace

const boost::system::error_category& vn_category() noexcept
{
    static const category instance;
    return instance;
}

void throw_exception_from_error(const failure& f, const boost::source_location&)
{
    throw std::runtime_error(f.code + ": " + f.message);
}

} // namespace vn
