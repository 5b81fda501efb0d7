// What holds for every bond, and what is done with the document. Published figures are in published_test.cpp.
#include "bond_task.hpp"

#include <cmath>
#include <fstream>
#include <iterator>
#include <thread>

using bond_test::bond_task;
using bond_test::plugin;
using bond_test::value_of;

namespace {

constexpr const char* day_counts[] = {"ACT/ACT.ICMA", "ACT/365.FIXED", "ACT/360", "30/360", "30E/360"};
constexpr const char* frequencies[] = {"1", "2", "4", "12"};

} // namespace

BOOST_AUTO_TEST_SUITE(bond)

BOOST_AUTO_TEST_CASE(exports_its_entry_only)
{
    BOOST_TEST(vn::test::exported_symbols(VN_PLUGIN_FILE) == std::vector<std::string>{"vn_plugin_entry"},
               boost::test_tools::per_element());
}

// Every name is routed here without being asked for; so none is taken that says less than "bond".
BOOST_AUTO_TEST_CASE(wants_bonds_only)
{
    BOOST_TEST(plugin().table().name == std::string("bond"));
    BOOST_TEST(plugin().table().flags == VN_CONCURRENT);
    BOOST_REQUIRE(plugin().task());
    BOOST_TEST(plugin().task()->name_count == 1u);
    BOOST_TEST(plugin().task()->names[0] == std::string("bond"));
    BOOST_TEST(plugin().capability(VN_FUNCTION) == nullptr);
}

BOOST_AUTO_TEST_CASE(a_coupon_that_is_the_yield_is_par)
{
    for (const char* count : day_counts)
        for (const char* frequency : frequencies)
            BOOST_TEST_CONTEXT(count << " " << frequency)
            {
                const auto value =
                    value_of({.coupon = "4.12", .frequency = frequency, .day_count = count, .rate = "0.0412"});
                BOOST_TEST(value.clean == 100);
                BOOST_TEST(value.dirty == 100);
                BOOST_TEST(value.accrued == 0);
            }
}

BOOST_AUTO_TEST_CASE(a_zero_coupon_bond_is_its_closed_form)
{
    // 2020-01-01 to 2024-12-30 are 5 * 365 days.
    bond_task task{.evaluation = "2020-01-01", .maturity = "2024-12-30", .coupon = ""};
    const auto is = [&](double expected) {
        const auto value = value_of(task);
        BOOST_TEST(std::fabs(value.clean - expected) < 1e-8, value.clean << " " << expected);
        BOOST_TEST(value.dirty == value.clean);
        BOOST_TEST(value.accrued == 0);
    };
    is(100 / std::pow(1.05, 5));
    task.compounding = "continuous";
    is(100 * std::exp(-0.25));
    task.compounding = "quarterly";
    is(100 / std::pow(1 + 0.05 / 4, 20));
    task.redemption = "110";
    is(110 / std::pow(1 + 0.05 / 4, 20));
    task.redemption = task.compounding = "";
    task.rate = "-0.01";
    is(100 / std::pow(0.99, 5));
    task.day_count = "ACT/ACT.ICMA";
    task.evaluation = "2019-12-30";
    is(100 / std::pow(0.99, 5));
    task.day_count = "ACT/360";
    task.evaluation = "2020-01-01";
    is(100 / std::pow(0.99, 5 * 365 / 360.0));
}

BOOST_AUTO_TEST_CASE(at_a_yield_of_zero_it_is_the_sum_of_what_is_paid)
{
    for (const char* frequency : frequencies)
        BOOST_TEST_CONTEXT(frequency)
        {
            const auto value = value_of({.coupon = "4", .frequency = frequency, .redemption = "102", .rate = "0"});
            BOOST_TEST(value.dirty == 5 * 4 + 102);
        }
    BOOST_TEST(value_of({.coupon = "", .rate = "0"}).clean == 100);
}

BOOST_AUTO_TEST_CASE(more_coupon_is_more_and_more_yield_is_less)
{
    for (const char* evaluation : {"2025-01-15", "2025-01-16", "2025-04-30", "2025-07-14", "2030-01-14"})
        BOOST_TEST_CONTEXT(evaluation)
        {
            double last = 0;
            for (const char* coupon : {"0", "0.01", "1.12345", "5", "12", "50"})
            {
                const auto value = value_of({.evaluation = evaluation, .coupon = coupon});
                BOOST_TEST(value.dirty > last);
                last = value.dirty;
            }
            last = 1e9;
            for (const char* rate : {"-0.1", "-0.01", "0", "0.0412", "0.1", "0.5"})
            {
                const auto value = value_of({.evaluation = evaluation, .rate = rate});
                BOOST_TEST(value.dirty < last);
                BOOST_TEST(value.dirty > 0);
                last = value.dirty;
            }
        }
}

BOOST_AUTO_TEST_CASE(price_and_yield_lead_to_each_other)
{
    for (const char* count : day_counts)
        for (const char* compounding : {"", "annual", "semiannual", "monthly", "continuous"})
            for (const char* rate : {"-0.05", "0", "0.0412", "0.3"})
                for (const char* coupon : {"", "1.12345", "8"})
                    BOOST_TEST_CONTEXT(count << " " << compounding << " " << rate << " " << coupon)
                    {
                        bond_task task{.evaluation = "2025-03-31",
                                       .coupon = coupon,
                                       .day_count = count,
                                       .rate = rate,
                                       .compounding = compounding};
                        const auto there = value_of(task);
                        task.price = vn::number_text(there.clean);
                        task.rate = "";
                        const auto back = value_of(task);
                        BOOST_TEST(std::fabs(back.yield - there.yield) < 1e-9);
                        BOOST_TEST(back.clean == there.clean);
                    }
}

BOOST_AUTO_TEST_CASE(accrues_by_its_day_count)
{
    const struct
    {
        const char* evaluation;
        const char* maturity;
        const char* count;
        double accrued; // of 3.6 a year, paid twice
    } rows[] = {
        {"2025-01-15", "2030-01-15", "ACT/ACT.ICMA", 0},
        {"2025-04-15", "2030-01-15", "ACT/ACT.ICMA", 1.8 * 90 / 181},
        {"2025-04-15", "2030-01-15", "ACT/365.FIXED", 3.6 * 90 / 365},
        {"2025-04-15", "2030-01-15", "ACT/360", 3.6 * 90 / 360},
        {"2025-04-15", "2030-01-15", "30/360", 0.9},
        {"2025-04-15", "2030-01-15", "30E/360", 0.9},
        // The 31st: counted by 30/360 unless it begins on the 30th; never by 30E/360.
        {"2025-03-31", "2030-01-15", "30/360", 3.6 * 76 / 360},
        {"2025-03-31", "2030-01-15", "30E/360", 3.6 * 75 / 360},
        {"2025-03-31", "2030-01-30", "30/360", 3.6 * 60 / 360},
        // The last day of June: coupons on the last of December as well.
        {"2025-12-31", "2030-06-30", "ACT/ACT.ICMA", 0},
        {"2025-12-30", "2030-06-30", "ACT/ACT.ICMA", 1.8 * 183 / 184},
        // The 30th, but of a month with 31 days: the last of February, then the 30th again.
        {"2025-02-28", "2030-08-30", "ACT/ACT.ICMA", 0},
        {"2025-08-30", "2030-08-30", "ACT/ACT.ICMA", 0},
        // A leap year.
        {"2024-02-29", "2030-08-31", "ACT/ACT.ICMA", 0},
        {"2024-03-01", "2030-08-31", "ACT/ACT.ICMA", 1.8 * 1 / 184},
        {"2024-03-01", "2030-08-31", "30/360", 3.6 * 2 / 360},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.evaluation << " " << row.maturity << " " << row.count)
        {
            const auto value = value_of(
                {.evaluation = row.evaluation, .maturity = row.maturity, .coupon = "3.6", .day_count = row.count});
            BOOST_TEST(std::fabs(value.accrued - row.accrued) < 1e-8, value.accrued << " " << row.accrued);
            BOOST_TEST(std::fabs(value.dirty - value.clean - value.accrued) < 2e-8);
        }
}

// One payment is left, so the price says how far away it is.
BOOST_AUTO_TEST_CASE(discounts_by_what_is_left_of_the_period)
{
    const struct
    {
        const char* count;
        double left, accrued;
    } rows[] = {
        {"ACT/ACT.ICMA", 105 / 184.0, 2.5 * 79 / 184},
        {"ACT/365.FIXED", 105 / 184.0, 5 * 79 / 365.0},
        {"30/360", 103 / 180.0, 5 * 77 / 360.0},
        {"30E/360", 103 / 180.0, 5 * 77 / 360.0},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.count)
        {
            const auto value = value_of(
                {.evaluation = "2025-09-17", .maturity = "2025-12-31", .day_count = row.count, .rate = "0.08"});
            BOOST_TEST(std::fabs(value.dirty - 102.5 / std::pow(1.04, row.left)) < 1e-8);
            BOOST_TEST(std::fabs(value.accrued - row.accrued) < 1e-8);
        }
}

BOOST_AUTO_TEST_CASE(the_price_is_clean_unless_dirty_is_asked_for)
{
    const auto xml = bond_task{.evaluation = "2025-04-15"}.xml();
    const auto with = [&](const std::string& price) {
        auto text = xml;
        text.replace(text.find("<price>"), 7, price);
        const auto given = plugin().run("bond", text);
        BOOST_TEST_REQUIRE(given.status == VN_OK, given.reason);
        return given.text;
    };
    const auto clean = with("<price type='clean'>"), dirty = with("<price type='dirty'>");
    BOOST_TEST(vn::document(clean).at("price/amount").text() == vn::document(clean).at("cleanPrice/amount").text());
    BOOST_TEST(vn::document(dirty).at("price/amount").text() == vn::document(dirty).at("dirtyPrice/amount").text());
    BOOST_TEST(vn::document(clean).at("price/amount").text() != vn::document(dirty).at("price/amount").text());
}

BOOST_AUTO_TEST_CASE(changes_the_results_and_nothing_else)
{
    const std::string xml =
        "<?xml version=\"1.0\"?>\n<valuation xmlns:x='urn:x' name='bond'>\n"
        " <market name='m'><rate unit='decimal'>0.05</rate><x:source>S &amp; P</x:source></market>\n"
        " <analytics><evaluation><date> 2025-01-15 </date></evaluation>\n"
        "  <price><amount currency='EUR'>1.25</amount></price></analytics><!-- c -->\n"
        " <instrument><fixedRateBond><isin>XS1</isin><maturity><date>2026-01-15</date></maturity>\n"
        "  <coupon><rate unit='percent'>5</rate><frequency>1</frequency></coupon></fixedRateBond>\n"
        "  <volatility><sigma>0.1</sigma></volatility></instrument>\n</valuation>\n";
    auto expected = xml;
    expected.replace(expected.find("1.25"), 4, "100.00");
    const auto given = plugin().run("bond", xml);
    BOOST_TEST(given.reason == "");
    BOOST_TEST(given.text == expected);
}

// docs/bond.md: the first block is a task, the second the `analytics` of its answer.
BOOST_AUTO_TEST_CASE(the_example_in_the_documentation_is_right)
{
    std::ifstream in(VN_SOURCE_DIR "/docs/bond.md");
    const std::string text(std::istreambuf_iterator<char>(in), {});
    const auto block = [&](std::size_t from) {
        const auto begin = text.find("```xml\n", from) + 7;
        return text.substr(begin, text.find("```", begin) - begin);
    };
    const auto task = block(0), analytics = block(text.find("In the answer"));

    const auto given = plugin().run("bond", task);
    BOOST_TEST_REQUIRE(given.status == VN_OK, given.reason);
    auto expected = task;
    const auto begin = expected.find("  <analytics>"), end = expected.find("  <instrument");
    expected.replace(begin, end - begin, analytics);
    BOOST_TEST(given.text == expected);
}

BOOST_AUTO_TEST_CASE(the_same_task_has_the_same_answer_bit_by_bit)
{
    const auto task = bond_task{.evaluation = "2025-03-31", .coupon = "1.12345", .rate = "0.0412"};
    const auto other = bond_task{.evaluation = "2024-09-17", .coupon = "3", .rate = "0.0412"};
    const auto expected = plugin().run("bond", task.xml()).text, others = plugin().run("bond", other.xml()).text;
    BOOST_TEST(expected != others);

    std::vector<int> wrong(4);
    std::vector<std::thread> threads;
    for (auto& count : wrong)
        threads.emplace_back([&] {
            for (int i = 0; i < 250; ++i)
                count += plugin().run("bond", task.xml()).text != expected ||
                         plugin().run("bond", other.xml()).text != others;
        });
    for (auto& each : threads)
        each.join();
    BOOST_TEST(wrong == std::vector<int>(4), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
