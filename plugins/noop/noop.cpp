// Answers every task with its own document: what a call costs, reading included, when nothing is valued.
#include <vn/plugin.hpp>

class noop
{
public:
    static constexpr const char* tasks[] = {"noop"};

    void run(vn::call call) const
    {
        // Read, because an answer has to be a document with a valuation whatever came in.
        vn::document(call.payload()).at("valuation");
        call.write(call.payload());
    }
};

VN_PLUGIN(noop, "noop", "1.0.0", VN_CONCURRENT)
