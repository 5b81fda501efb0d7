// How far a request has come, for people: a bar on a terminal, else a line for each change.
#pragma once

#include <boost/json/object.hpp>

#include <string>

namespace vn::ctl {

class progress
{
public:
    progress(bool bar, bool lines, bool json = false) : bar_(bar), lines_(lines), json_(json) {}
    ~progress() { end(); }

    // state: as GET /valuation/{id}/status gives it.
    void show(const boost::json::object& state);
    // Before anything else is written: ends the line of a bar.
    void end();

private:
    const bool bar_;
    const bool lines_;
    const bool json_;
    std::string last_;
};

} // namespace vn::ctl
