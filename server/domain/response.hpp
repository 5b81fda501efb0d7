// Section 5: the response. Internal to domain.
#pragma once

#include "domain/live_document.hpp"

#include <string>

namespace vn {

std::string response_of(const live_document& live);

} // namespace vn
