#include "domain/xpath_cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vn {

namespace {

using std::string_view;
using kind = xpath_token_kind;

constexpr double beyond = std::numeric_limits<double>::infinity();
constexpr unsigned deepest = 50;
constexpr double bytes_per_step = 16;

// An expression is evaluated once for each of some contexts. As long as its steps only lead down, the areas that
// evaluations walk through do not overlap, so all of them together are like one evaluation that starts with all
// contexts as its set: evaluations 1, set = contexts. Other steps end that: evaluations = contexts.
struct walk
{
    double evaluations = 1;
    double set = 1; // nodes, in each
    bool is_absolute = false;
    bool is_ordered = true; // only downward steps
    bool is_value = false;  // ends in an attribute or a text
    bool is_single = true;  // at most one node for each context
};

class estimate
{
public:
    estimate(const xpath_tokens& expression, const document_shape& shape) : tokens_(expression.tokens), shape_(shape) {}

    double of_all(double contexts)
    {
        bool is_path = false;
        expression(contexts, is_path, false);
        return at_ == tokens_.size() && !failed_ ? steps_ : beyond;
    }

private:
    bool is(string_view text) const
    {
        return at_ < tokens_.size() && tokens_[at_].text == text && tokens_[at_].kind != kind::literal;
    }
    bool is(kind what) const { return at_ < tokens_.size() && tokens_[at_].kind == what; }
    bool take(string_view text)
    {
        if (!is(text))
            return false;
        ++at_;
        return true;
    }
    void expect(string_view text) { failed_ |= !take(text); }
    void add(double steps) { steps_ += steps; }

    double string_steps(const walk& w) const
    {
        const double once = shape_.text / bytes_per_step * (w.is_value ? 1 : shape_.depth) + 1;
        const double again = std::max(1.0, w.set / shape_.nodes);
        // The first in document order has to be found among what is not ordered.
        const double search = w.is_ordered ? 0 : std::min(w.set, shape_.nodes) * (shape_.widest + shape_.depth);
        return w.evaluations * (once * again + search);
    }

    // Operands with operators between them; all are evaluated. as_string: the value is used as a string or number.
    walk expression(double contexts, bool& is_path, bool as_string)
    {
        if (++depth_ > deepest)
            failed_ = true;
        walk left = operand(contexts, is_path, as_string);
        while (!failed_ && (is(kind::operation) || is("|")))
        {
            const bool is_union = is("|");
            const auto op = tokens_[at_].text;
            const bool compares = op.find_first_of("=<>") != op.npos;
            const bool was_path = is_path;
            if (was_path && !is_union && op != "and" && op != "or")
                add(string_steps(left));
            ++at_;
            bool other_path = false;
            const walk right = operand(contexts, other_path, as_string);
            if (other_path && !is_union && op != "and" && op != "or")
                add(string_steps(right));
            if (compares && was_path && other_path)
                add(pairs(left, right, contexts));
            is_path = is_union;
            if (is_union)
            {
                left.set = std::min(shape_.nodes * std::max(1.0, contexts), left.set + right.set);
                left.evaluations = std::max(left.evaluations, right.evaluations);
                left.is_ordered = false;
                left.is_value = left.is_value && right.is_value;
                add(left.evaluations * left.set);
            }
            else
            {
                left = {};
            }
        }
        if (as_string && is_path)
            add(string_steps(left));
        --depth_;
        return left;
    }

    // Sets are compared node by node.
    double pairs(const walk& left, const walk& right, double contexts) const
    {
        if (left.evaluations < contexts && right.evaluations < contexts && !left.is_absolute && !right.is_absolute)
            return std::max(left.set, right.set) * shape_.widest; // children of the same node
        const double l = left.evaluations < contexts && !left.is_absolute ? shape_.widest : left.set;
        const double r = right.evaluations < contexts && !right.is_absolute ? shape_.widest : right.set;
        return contexts * std::min(l, shape_.nodes) * std::min(r, shape_.nodes);
    }

    walk operand(double contexts, bool& is_path, bool as_string)
    {
        unsigned signs = 0;
        while (is("-"))
        {
            ++at_;
            as_string = true;
            failed_ |= ++signs > deepest;
        }
        is_path = false;
        if (failed_ || at_ >= tokens_.size())
        {
            failed_ = true;
            return {};
        }
        add(contexts);
        walk w;
        const bool is_call = is(kind::name) && at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == "(" &&
                             tokens_[at_ + 1].kind == kind::symbol && !is_node_type(tokens_[at_].text);
        if (is("(") || is(kind::literal) || is(kind::number) || is("$") || is_call)
        {
            w = primary(contexts, is_path, as_string, is_call);
            if (is("["))
            {
                // Numbered in document order: the set is sorted, by walking along siblings.
                const double set = std::min(w.set, shape_.nodes);
                add(w.evaluations * set * std::log2(set + 2) * (w.is_ordered ? 1 : shape_.widest + shape_.depth));
                predicates(w.evaluations * w.set);
            }
            if (!is("/") && !is("//"))
                return w;
            // What such a set holds may lie inside of each other.
            w.is_single = false;
            w.evaluations = contexts;
            w.set = std::min(std::max(w.set, 2.0), shape_.nodes);
        }
        else
        {
            const bool absolute = is("/") || is("//");
            w.is_absolute = absolute;
            w.evaluations = absolute ? contexts : 1;
            w.set = absolute ? 1 : contexts;
            if (!absolute)
                step(w, contexts);
        }
        is_path = true;
        path(w, contexts);
        return w;
    }

    static bool is_node_type(string_view name)
    {
        return name == "node" || name == "text" || name == "comment" || name == "processing-instruction";
    }

    walk primary(double contexts, bool& is_path, bool as_string, bool is_call)
    {
        if (is_call)
        {
            const auto name = tokens_[at_].text;
            at_ += 2;
            // These do not make a string of a node set.
            static constexpr string_view plain[] = {"count", "not",        "boolean",       "name",
                                                    "last",  "local-name", "namespace-uri", "position"};
            const bool by_string = std::find(std::begin(plain), std::end(plain), name) == std::end(plain);
            unsigned arguments = 0;
            while (!failed_ && !is(")") && at_ < tokens_.size())
            {
                bool path_argument = false;
                const auto w = expression(contexts, path_argument, by_string);
                if (path_argument && !by_string && !w.is_ordered && name != "count" && name != "not" &&
                    name != "boolean")
                    add(w.evaluations * std::min(w.set, shape_.nodes) * (shape_.widest + shape_.depth));
                ++arguments;
                if (!take(","))
                    break;
            }
            expect(")");
            // The context node's own string.
            if (arguments == 0 &&
                (name == "string" || name == "string-length" || name == "normalize-space" || name == "number"))
                add(string_steps({.set = contexts}));
            if (name == "lang" || name == "namespace-uri")
                add(contexts * shape_.depth * 8);
            return {};
        }
        if (take("("))
        {
            const auto w = expression(contexts, is_path, as_string);
            expect(")");
            return w;
        }
        if (take("$"))
            ++at_;
        else
            ++at_;
        return {};
    }

    void path(walk& w, double contexts)
    {
        while (!failed_ && (is("/") || is("//")))
        {
            const bool deep = is("//");
            ++at_;
            if (deep)
            {
                advance(w, "descendant-or-self", contexts);
            }
            else if (!starts_step())
            {
                return; // the document alone
            }
            step(w, contexts);
        }
    }

    bool starts_step() const { return is("*") || is(".") || is("..") || is("@") || is(kind::name); }

    void step(walk& w, double contexts)
    {
        string_view axis = "child";
        if (take(".."))
            axis = "parent";
        else if (take("."))
            axis = "self";
        else
        {
            if (take("@"))
            {
                axis = "attribute";
            }
            else if (is(kind::name) && at_ + 1 < tokens_.size() && tokens_[at_ + 1].text == "::")
            {
                axis = tokens_[at_].text;
                at_ += 2;
            }
            if (!is(kind::name) && !is("*"))
            {
                failed_ = true;
                return;
            }
            w.is_value = axis == "attribute" || tokens_[at_].text == "text";
            const bool type = is_node_type(tokens_[at_].text);
            ++at_;
            if (type && take("("))
            {
                if (is(kind::literal))
                    ++at_;
                expect(")");
            }
        }
        if (axis == "parent" || axis == "self")
            w.is_value = false;
        const double visited = advance(w, axis, contexts);
        predicates(visited);
    }

    // Nodes that the step leads to, counted as often as it does.
    double advance(walk& w, string_view axis, double contexts)
    {
        const double n = shape_.nodes;
        const bool down = axis == "child" || axis == "attribute" || axis == "self" || axis == "descendant" ||
                          axis == "descendant-or-self";
        if (!down)
        {
            if (w.evaluations < contexts)
            {
                w.set = w.is_single ? 1 : n;
                w.evaluations = contexts;
            }
            w.is_ordered = w.is_ordered && w.set <= 1;
        }
        const double reach = std::max(n, w.set); // when contexts repeat, so do visits
        double each = 0;
        if (axis == "self" || axis == "parent")
            each = w.set;
        else if (axis == "child" || axis == "attribute")
            each = w.set <= 1 ? shape_.widest : reach;
        else if (axis == "descendant" || axis == "descendant-or-self")
            each = w.set <= 1 ? n : reach * shape_.depth;
        else if (axis.starts_with("ancestor"))
            each = w.set * shape_.depth;
        else if (axis.ends_with("sibling"))
            each = w.set * shape_.widest;
        else
            each = w.set * n;
        const double visited = w.evaluations * each;
        add(visited);
        w.is_single = w.is_single && (axis == "self" || axis == "parent");
        if (axis != "self" && axis != "parent")
            w.set = w.evaluations > 1 || w.set <= n ? std::min(n, each) : each;
        return visited;
    }

    void predicates(double contexts)
    {
        while (!failed_ && take("["))
        {
            bool is_path = false;
            expression(contexts, is_path, false);
            expect("]");
        }
    }

    const std::vector<xpath_token>& tokens_;
    const document_shape& shape_;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
    double steps_ = 0;
    bool failed_ = false;
};

} // namespace

document_shape shape_of(const document_size& size) noexcept
{
    return {static_cast<double>(size.nodes), static_cast<double>(size.levels), static_cast<double>(size.widest),
            static_cast<double>(size.text)};
}

document_shape shape_of(const pugi::xml_document& document)
{
    return shape_of(size_of(document));
}

double estimated_steps(const xpath_tokens& expression, const document_shape& shape, double contexts)
{
    if (!expression.is_complete)
        return beyond;
    return estimate(expression, shape).of_all(contexts);
}

double linear_steps(const document_shape& shape) noexcept
{
    return 16 * (shape.nodes + shape.text / bytes_per_step);
}

} // namespace vn
