// Where the valuation script is.
#pragma once

#include <string>

namespace vn {

// An absolute name as it is; any other is looked for beside the program, in <prefix>/share/vnserver and in the source
// tree the program was built in. If it is nowhere, the first place it should have been: what fails later names it.
std::string find_script(const std::string& name);

} // namespace vn
