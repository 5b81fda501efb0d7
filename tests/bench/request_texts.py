"""Request documents of a given shape or size."""

POINT = "<point maturity='{0}Y'><rate>0.0412</rate><spread>0.{0:04}</spread></point>"


CASH_FLOW = "<cashFlow date='20{0:02}-08-30'><coupon>4.12</coupon><notional>1000000</notional></cashFlow>"


def valuation(name, number, market="/vnml/project/market", flows=0):
    return (f"<valuation name='{name}'><instrument name='I{number}'><fixedRateBond><maturity><date>2030-08-30</date>"
            f"</maturity>{''.join(CASH_FLOW.format(30 + n) for n in range(flows))}</fixedRateBond></instrument>"
            f"<market select='{market}'/><analytics><price><amount>1</amount></price></analytics></valuation>")


def least(name, number):
    """As little as a task can be: 100,000 of them fit into a request, and into the limits on hydration."""
    return f"<valuation name='{name}'><analytics><price><amount>{number}</amount></price></analytics></valuation>"


def shape(groups, tasks, name="noop", make=valuation):
    """G groups of T tasks."""
    text = ["<vnml><project><market name='M'><currency>EUR</currency></market>"]
    for g in range(groups):
        text.append(f"<group name='G{g}'>")
        text += [make(name, t) for t in range(tasks)]
        text.append("</group>")
    return "".join(text) + "</project></vnml>"


def book(size):
    """About so many bytes: a small market, and groups of up to a thousand bonds of 1.5 KB that select it."""
    market = "<market name='M'>" + "".join(POINT.format(year) for year in range(1, 4)) + "</market>"
    text, length, number = [f"<vnml><project>{market}"], len(market), 0
    while length < size - 1000:
        text.append(f"<group name='G{number // 1000}'>")
        while length < size - 1000:
            text.append(valuation("noop", number, flows=12))
            length += len(text[-1])
            number += 1
            if number % 1000 == 0:
                break
        text.append("</group>")
    return "".join(text) + "</project></vnml>"


def selected(size):
    """About so many bytes: ten markets, and one group of ten tasks, each of which selects one of them."""
    point = POINT.format(1)
    points = point * (size // 10 // len(point))
    markets = "".join(f"<market name='M{n}'>{points}</market>" for n in range(10))
    tasks = "".join(valuation("noop", n, f"/vnml/project/market[{n + 1}]") for n in range(10))
    return f"<vnml><project>{markets}<group name='G'>{tasks}</group></project></vnml>"
