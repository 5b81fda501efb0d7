// What the server answers, as vnctl reads it and tells it.
#pragma once

#include "ctl/client.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace vn::ctl {

// Empty if the body is no JSON object.
boost::json::object parsed(const std::string& body);
// What is no string in its JSON form; empty if it is not there.
std::string text(const boost::json::object& o, std::string_view key);

// What comes from the command line and goes into a path; what cannot be an id becomes one that leads nowhere.
std::string safe_part(const std::string& id);
// /valuation/ID/WHAT, or without the last part if what is empty.
std::string path_of(const std::string& id, const char* what);

// No answer because the server cannot be reached, or one that says to come again.
bool may_pass(const answer& a);

// Says on standard error what went wrong; with json the server's own words on standard output. The exit code.
int complain(const client& server, const answer& a, bool json);

} // namespace vn::ctl
