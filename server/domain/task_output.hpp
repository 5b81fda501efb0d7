// What executors and external workers may give back for a task, and the one form that is stored.
#pragma once

#include "core/error.hpp"
#include "domain/document_gate.hpp"

#include <string>
#include <string_view>

namespace vn {

// The result to store for what an executor returned: one `valuation` element with the namespace declarations in
// its scope, as UTF-8 text; in a `vnml` of its own if text follows it that is not blank.
//
// output starts with `<` (after byte order mark and white space): a whole `vnml`, the wrapper `job/task/results/vnml`,
// or one `valuation`. Otherwise it is one positive decimal number, `digits[.digits]` or `.digits`, at most 64
// characters; rounded half up to two decimals it becomes the leading text of the first `.//analytics/price/amount` of
// the task document; without such an element the valuation stays as it is, as section 4 of the specification has it.
//
// Codes: output-empty, output-malformed (not well-formed, or not a number), output-not-a-result (no valuation in it),
// output-too-large (a limit of the gate).
result<std::string, failure> accept_output(std::string_view task_document, std::string_view output,
                                           const document_limits& limits = {});

// The valuation in a stored result, which may come from elsewhere, in any of the three document forms. Same codes.
result<std::string, failure> take_valuation(std::string_view stored, const document_limits& limits = {});

} // namespace vn
