#include "domain/task_output.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using vn::accept_output;
using vn::take_valuation;
using namespace std::string_literals;

const std::string task = "<vnml><project><group><valuation name='v'><analytics><price><amount>1<u/></amount></price>"
                         "</analytics><vndb externalId='1'/></valuation></group></project></vnml>";
const std::string valued = "<valuation name=\"v\"><analytics><price><amount>7.13<u/></amount></price></analytics>"
                           "<vndb externalId=\"1\"/></valuation>";

std::string code_of(std::string_view output, vn::document_limits limits = {})
{
    const auto accepted = accept_output(task, output, limits);
    return accepted ? "" : accepted.error().code;
}

} // namespace

BOOST_AUTO_TEST_SUITE(task_output)

BOOST_AUTO_TEST_CASE(a_number_becomes_the_amount)
{
    for (std::string number : {"7.125", "7.13\n", " \r\n7.13 ",
                               "\xEF\xBB\xBF"
                               "7.13"})
        BOOST_TEST(accept_output(task, number).value() == valued);
}

BOOST_AUTO_TEST_CASE(only_the_first_amount_of_a_price_is_set)
{
    const auto out =
        accept_output("<vnml><project><x><price><amount>a</amount></price></x><group><valuation><analytics>"
                      "<amount>b</amount><price><amount><u/>c</amount><amount>d</amount></price>"
                      "</analytics></valuation></group></project></vnml>",
                      "5");
    BOOST_TEST(out.value() == "<valuation><analytics><amount>b</amount><price><amount>5.00<u/>c</amount>"
                              "<amount>d</amount></price></analytics></valuation>");
}

BOOST_AUTO_TEST_CASE(without_an_amount_a_number_changes_nothing)
{
    BOOST_TEST(accept_output("<vnml><project><group><valuation name='x'/></group></project></vnml>", "5").value() ==
               "<valuation name=\"x\"/>");
}

BOOST_AUTO_TEST_CASE(documents_are_taken_in_three_forms)
{
    const auto vnml = "<vnml><project><group><other/><valuation n='1'/><valuation n='2'/></group></project></vnml>"s;
    for (const auto& document : {
             vnml,
             "<?xml version='1.0' encoding='UTF-8'?>\n" + vnml,
             "  \n<?xml version='1.0'?><!-- a -->" + vnml,
             "\xEF\xBB\xBF" + vnml,
             "<job><task><results/></task><task><results>" + vnml + "</results></task></job>",
             "<valuation n='1'/>"s,
             "<vnml><project/><project><group/><group><valuation n='1'/></group></project></vnml>"s,
         })
        BOOST_TEST_CONTEXT(document)
        {
            BOOST_TEST(accept_output(task, document).value() == "<valuation n=\"1\"/>");
            BOOST_TEST(take_valuation(document).value() == "<valuation n=\"1\"/>");
        }
}

BOOST_AUTO_TEST_CASE(namespaces_in_scope_come_along)
{
    const auto out = take_valuation("<vnml xmlns:f='urn:f'><project><group xmlns:g='urn:g'><valuation f:a='1'>"
                                    "<x xmlns='urn:d'><y xmlns=''/></x></valuation></group></project></vnml>");
    BOOST_TEST(out.value() == "<valuation xmlns:g=\"urn:g\" xmlns:f=\"urn:f\" f:a=\"1\"><x xmlns=\"urn:d\">"
                              "<y xmlns=\"\"/></x></valuation>");
    const auto again = take_valuation(out.value()).value();
    BOOST_TEST(take_valuation(again).value() == again);
}

BOOST_AUTO_TEST_CASE(a_tail_with_text_is_kept)
{
    const auto out = take_valuation("<vnml><project><group><valuation/>&amp; more</group></project></vnml>").value();
    BOOST_TEST(out == "<vnml><project><group><valuation/>&amp; more</group></project></vnml>");
    BOOST_TEST(take_valuation(out).value() == out);
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused)
{
    const struct
    {
        std::string output;
        const char* code;
    } rows[] = {
        {"", "output-empty"},
        {" \n", "output-empty"},
        {"-5", "output-malformed"},
        {"0", "output-malformed"},
        {"1e5", "output-malformed"},
        {"5 6", "output-malformed"},
        {"5\0"s, "output-malformed"},
        {"oops", "output-malformed"},
        {"<valuation>", "output-malformed"},
        {"<!DOCTYPE a><valuation/>", "output-malformed"},
        {"<a/>", "output-not-a-result"},
        {"<vnml><project><group/></project></vnml>", "output-not-a-result"},
        {"<v:valuation xmlns:v='u'/>", "output-not-a-result"},
        {"<valuation xmlns='u'/>", "output-not-a-result"},
        {"<valuation/>5", "output-malformed"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.output)
    BOOST_TEST(code_of(row.output) == row.code);
    BOOST_TEST(code_of("<valuation><a/><a/></valuation>", {.elements = 2}) == "output-too-large");
    BOOST_TEST(code_of("<valuation/>     ", {.document_bytes = 16}) == "output-too-large");
    BOOST_TEST(take_valuation("7").error().code == "output-malformed");
    BOOST_TEST(take_valuation("").error().code == "output-empty");
}

BOOST_AUTO_TEST_SUITE_END()
