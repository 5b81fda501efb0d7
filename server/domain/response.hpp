// Section 5: the response. Internal to domain.
#pragma once

#include "domain/live_document.hpp"

#include <cstdint>
#include <string>

namespace vn {

// White space and a plus sign as usual in numbers written by hand; what is no number sorts like 0.
std::int64_t number_in_response(pugi::xml_node valuation);

std::string response_of(const live_document& live);

} // namespace vn
