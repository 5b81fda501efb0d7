// Values every task with one amount from the settings; 100.00 where unset.
#include <vn/plugin.hpp>

class fixed_amount
{
    double amount_ = 100;

public:
    static constexpr const char* tasks[] = {"fixed"};

    explicit fixed_amount(vn::host host)
    {
        if (const auto text = host.setting("amount"); !text.empty())
            amount_ = vn::to_number(text).value();
    }

    void run(vn::call call) const
    {
        vn::document task(call.payload());
        task.at("analytics/price/amount").set_number(amount_, 2);
        call.write(task.xml());
    }
};

VN_PLUGIN(fixed_amount, "fixed-amount", "1.0.0", VN_CONCURRENT)
