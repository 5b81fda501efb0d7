// Answers every task with its own document: what a call costs when nothing is valued.
#include <vn/plugin.hpp>

class noop
{
public:
    static constexpr const char* tasks[] = {"noop"};

    void run(vn::call call) const { call.write(call.payload()); }
};

VN_PLUGIN(noop, "noop", "1.0.0", VN_CONCURRENT)
