// What is measured and how it is told: rates and processor time of several rounds, one JSON object a line.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace vn::bench {

// Makes calls until the time is over and says how many.
using work = std::function<std::size_t(std::chrono::steady_clock::time_point until)>;

struct figure
{
    std::string name;
    std::string against; // the name of its counterpart; empty: it is one
    std::string what;    // a few words for the table
    std::size_t bytes = 0;
    work calls;
};

struct plan
{
    std::size_t rounds = 7;
    std::chrono::milliseconds slice{250}; // of one figure in one round
};

// Measures all of them in each round, one after the other, so that a noisy neighbour hits them alike; a first round
// that warms up does not count. Then prints a line for each:
//
//   {"bench":"plugins","case":"1024 bytes","name":"inline","against":["judged"],"what":"...","figures":{
//    "calls/s":{"median":..,"lowest":..,"highest":..,"rounds":[..]},
//    "CPU ns/call":{...the same, of this process and its children...}}}
void measure(const std::string& bench, const std::vector<figure>& figures, const plan& p);

} // namespace vn::bench
