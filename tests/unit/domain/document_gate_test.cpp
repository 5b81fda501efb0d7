#include "domain/document_gate.hpp"
#include "domain/xml_events.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace std::string_literals;
using vn::admit_document;

std::string utf16(std::string_view ascii, bool big, bool mark)
{
    std::string out = mark ? (big ? "\xFE\xFF"s : "\xFF\xFE"s) : ""s;
    for (char c : ascii)
    {
        if (big)
            out += '\0';
        out += c;
        if (!big)
            out += '\0';
    }
    return out;
}

std::string code_of(const std::string& bytes, std::string_view charset = {}, vn::document_limits limits = {})
{
    const auto admitted = admit_document(bytes, charset, limits);
    return admitted ? "" : admitted.error().code;
}

std::string nested(std::size_t depth)
{
    std::string out;
    for (std::size_t i = 0; i < depth; ++i)
        out += "<a>";
    for (std::size_t i = 0; i < depth; ++i)
        out += "</a>";
    return out;
}

std::string with_attributes(std::size_t count)
{
    std::string out = "<a";
    for (std::size_t i = 0; i < count; ++i)
        out += " a" + std::to_string(i) + "='1'";
    return out + "/>";
}

} // namespace

BOOST_AUTO_TEST_SUITE(document_gate)

BOOST_AUTO_TEST_CASE(takes_utf8_as_it_is)
{
    const auto text = "<?xml version='1.0' encoding='UTF-8'?><a>\xC3\xA9</a>"s;
    BOOST_TEST(admit_document(text).value() == text);
    BOOST_TEST(admit_document("\xEF\xBB\xBF" + text).value() == text);
}

BOOST_AUTO_TEST_CASE(transcodes_and_blanks_the_declaration)
{
    const struct
    {
        const char* name;
        std::string bytes;
        std::string charset;
        std::string text;
    } rows[] = {
        {"latin-1 declared", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE9</a>", "", "<a>\xC3\xA9</a>"},
        {"latin-1 by charset", "<a>\xE9</a>", "iso-8859-1", "<a>\xC3\xA9</a>"},
        {"charset before declaration", "<?xml version='1.0' encoding='ISO-8859-1'?><a>\xC3\xA9</a>", "utf-8",
         "<a>\xC3\xA9</a>"},
        {"utf-16 le mark", utf16("<?xml version='1.0' encoding='UTF-16'?><a>x</a>", false, true), "", "<a>x</a>"},
        {"utf-16 be mark", utf16("<a>x</a>", true, true), "", "<a>x</a>"},
        {"utf-16 le bare", utf16("<a>x</a>", false, false), "", "<a>x</a>"},
        {"utf-16 be bare", utf16("<a>x</a>", true, false), "", "<a>x</a>"},
        {"mark before charset", utf16("<a>x</a>", false, true), "iso-8859-1", "<a>x</a>"},
        {"windows-1252", "<?xml version='1.0' encoding='windows-1252'?><a>\x80</a>", "", "<a>\xE2\x82\xAC</a>"},
        {"ascii", "<?xml version='1.0' encoding='US-ASCII'?><a>x</a>", "", "<a>x</a>"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name)
        {
            const auto admitted = admit_document(row.bytes, row.charset);
            BOOST_REQUIRE(admitted.has_value());
            BOOST_TEST(admitted->substr(admitted->find_first_not_of(' ')) == row.text);
            // What is stored can be read again by who knows nothing of a charset.
            BOOST_TEST(admit_document(*admitted).value() == *admitted);
        }
}

BOOST_AUTO_TEST_CASE(keeps_lines_and_columns_when_transcoding)
{
    const auto refused = admit_document("<?xml version='1.0'\n encoding='ISO-8859-1'?>\n<a>\n  <b></a>");
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().line == 4u);
    BOOST_TEST(refused.error().column == 8u);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_well_formed)
{
    const struct
    {
        const char* name;
        std::string bytes;
    } rows[] = {
        {"unclosed", "<a>"},
        {"two roots", "<a/><b/>"},
        {"double attribute", "<a x='1' x='2'/>"},
        {"double attribute by namespace", "<a xmlns:p='u' xmlns:q='u' p:x='1' q:x='2'/>"},
        {"unbound prefix", "<p:a/>"},
        {"unbound attribute prefix", "<a p:x='1'/>"},
        {"overlong utf-8", "<a>\xC0\xAF</a>"},
        {"half a character", "<a>\xC3</a>"},
        {"surrogate", "<a>\xED\xA0\x80</a>"},
        {"latin-1 said to be utf-8", "<?xml version='1.0' encoding='UTF-8'?><a>\xE9</a>"},
        {"above ascii", "<?xml version='1.0' encoding='US-ASCII'?><a>\xE9</a>"},
        {"said to be utf-16", "<?xml version='1.0' encoding='UTF-16'?><a/>"},
        {"nul", "<a>x\0y</a>"s},
        {"nul behind", "<a/>\0"s},
        {"control character", "<a>\x01</a>"},
        {"reference to nul", "<a>&#0;</a>"},
        {"unknown entity", "<a>&nbsp;</a>"},
        {"unknown encoding", "<?xml version='1.0' encoding='x-none'?><a/>"},
        {"encoding with side effects", "<?xml version='1.0' encoding='ISO-2022-CN-EXT'?><a/>"},
        {"odd utf-16", utf16("<a/>", false, true) + "x"},
        {"two marks", "\xEF\xBB\xBF\xEF\xBB\xBF<a/>"},
        {"a mark in a mark", "\xEF\xBB\xBF" + utf16("<a/>", false, true)},
        {"utf-16 behind a mark", "\xEF\xBB\xBF" + utf16("<a/>", false, false)},
        {"text only", "12.5"},
        {"white space before the declaration", " <?xml version='1.0'?><a/>"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name)
        {
            const auto refused = admit_document(row.bytes);
            BOOST_REQUIRE(!refused.has_value());
            BOOST_TEST(refused.error().code == "malformed-xml");
            BOOST_TEST(refused.error().message == "Input XML is not well-formed.");
            BOOST_TEST(!refused.error().reason.empty());
        }
    BOOST_TEST(code_of("<a/>", "no-such-charset") == "malformed-xml");
}

BOOST_AUTO_TEST_CASE(refuses_document_types_and_nothing_at_all)
{
    BOOST_TEST(code_of("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>") == "doctype-refused");
    BOOST_TEST(code_of("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>") == "doctype-refused");
    BOOST_TEST(code_of("") == "empty-document");
    BOOST_TEST(code_of(" \n\t") == "empty-document");
    BOOST_TEST(admit_document("").error().message == "Input XML is not well-formed.");
}

BOOST_AUTO_TEST_CASE(limits_hold_from_both_sides)
{
    BOOST_TEST(code_of(nested(256)) == "");
    BOOST_TEST(code_of(nested(257)) == "document-limit");
    BOOST_TEST(code_of(with_attributes(256)) == "");
    BOOST_TEST(code_of(with_attributes(257)) == "document-limit");
    BOOST_TEST(code_of("<a xmlns:p='u' " + with_attributes(255).substr(3)) == "");
    BOOST_TEST(code_of("<a xmlns:p='u' " + with_attributes(256).substr(3)) == "document-limit");
    BOOST_TEST(code_of("<" + std::string(256, 'n') + "/>") == "");
    BOOST_TEST(code_of("<" + std::string(257, 'n') + "/>") == "document-limit");
    BOOST_TEST(code_of("<a " + std::string(257, 'n') + "='1'/>") == "document-limit");
    BOOST_TEST(code_of("<a xmlns:" + std::string(251, 'n') + "='u'/>") == "document-limit");
    BOOST_TEST(code_of("<a><?" + std::string(257, 'n') + "?></a>") == "document-limit");

    const vn::document_limits small{.elements = 3, .value_bytes = 5, .document_bytes = 100};
    BOOST_TEST(code_of("<a><b/><b/></a>", {}, small) == "");
    BOOST_TEST(code_of("<a><b/><b/><b/></a>", {}, small) == "document-limit");
    BOOST_TEST(code_of("<a>12345</a>", {}, small) == "");
    BOOST_TEST(code_of("<a>123456</a>", {}, small) == "document-limit");
    BOOST_TEST(code_of("<a>123<![CDATA[456]]></a>", {}, small) == "document-limit");
    BOOST_TEST(code_of("<a x='12345'/>", {}, small) == "");
    BOOST_TEST(code_of("<a x='123456'/>", {}, small) == "document-limit");
    BOOST_TEST(code_of("<a><!--123456--></a>", {}, small) == "document-limit");
    BOOST_TEST(code_of("<a>" + std::string(93, ' ') + "</a>", {}, {.document_bytes = 100}) == "");
    BOOST_TEST(code_of("<a>" + std::string(94, ' ') + "</a>", {}, {.document_bytes = 100}) == "document-limit");
    BOOST_TEST(code_of("<a>" + std::string(8 << 20, 'x') + "</a>") == "");
    BOOST_TEST(code_of("<a>" + std::string((8 << 20) + 1, 'x') + "</a>") == "document-limit");
}

BOOST_AUTO_TEST_CASE(a_document_leaves_nothing_behind_for_the_next_one)
{
    // A thread reads them one after the other with what it has kept: whatever came before, the answer is the same.
    const std::pair<std::string, std::string> documents[] = {
        {"<a xmlns='u' xmlns:p='v'><p:b p:k='1'/></a>", ""},
        {"<a><p:b/></a>", "malformed-xml"},
        {"<a xmlns:p='v'><p:b>text", "malformed-xml"},
        {"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", "doctype-refused"},
        {"<a>&e;</a>", "malformed-xml"},
        {"<?xml version='1.0' encoding='UTF-8' standalone='yes'?><a/>", ""},
        {"<a/>", ""},
        {nested(300), "document-limit"},
        {"<a>" + std::string(100'000, 'x') + "</a>", ""},
        {"<a k='1' k='2'/>", "malformed-xml"},
        {"<a><!--c--><?p i?></a>", ""},
        {"<p:a xmlns:p='w'/>", ""},
        {"<p:a/>", "malformed-xml"},
        {"", "empty-document"},
    };
    for (const auto& [first, first_code] : documents)
        for (const auto& [second, second_code] : documents)
        {
            BOOST_TEST(code_of(first) == first_code, first.substr(0, 50));
            BOOST_TEST(code_of(second) == second_code, second.substr(0, 50) << " after " << first.substr(0, 50));
        }
    for (int i = 0; i < 3'000; ++i)
        BOOST_TEST_REQUIRE(code_of("<a n='" + std::to_string(i) + "'><b" + std::to_string(i) + "/></a>") == "");
}

BOOST_AUTO_TEST_CASE(a_document_may_be_read_while_another_one_is)
{
    struct reads_another final : vn::xml_sink
    {
        std::string seen;
        std::string inner;

        void start(const std::string& name) override
        {
            seen += '<' + name;
            vn::document_limits limits;
            if (inner.size() < 3)
            {
                reads_another other;
                other.inner = inner + 'x';
                BOOST_TEST(!vn::read_events("<i:n xmlns:i='u'><x/></i:n>", limits, other));
                BOOST_TEST(other.seen == "<i:n xmlns:i=u<x>>");
            }
        }
        void attribute(const std::string& name, const char* value) override { seen += ' ' + name + '=' + value; }
        void end() override { seen += '>'; }
        void text(const std::string& value) override { seen += value; }
        void comment(const char*) override {}
        void instruction(const char*, const char*) override {}
    };
    reads_another outer;
    const vn::document_limits limits;
    BOOST_TEST(!vn::read_events("<a k='v'><b>one</b>two</a>", limits, outer));
    BOOST_TEST(outer.seen == "<a k=v<bone>two>");
}

BOOST_AUTO_TEST_SUITE_END()
