// What vnctl's exit code says (R35).
#pragma once

namespace vn::ctl {

enum exit_code
{
    success = 0,
    failed = 1,
    bad_usage = 2,
    not_found = 3,
    cannot_connect = 4,
    timed_out = 5,
};

} // namespace vn::ctl
