"""Request documents of a given shape or size."""

POINT = "<point maturity='{0}Y'><rate>0.0412</rate><spread>0.{0:04}</spread></point>"


def valuation(name, number, market="/vnml/project/market"):
    return (f"<valuation name='{name}'><instrument name='I{number}'><fixedRateBond><maturity><date>2030-08-30</date>"
            f"</maturity></fixedRateBond></instrument><market select='{market}'/>"
            "<analytics><price><amount>1</amount></price></analytics></valuation>")


def shape(groups, tasks, name="noop"):
    """G groups of T tasks."""
    text = ["<vnml><project><market name='M'><currency>EUR</currency></market>"]
    for g in range(groups):
        text.append(f"<group name='G{g}'>")
        text += [valuation(name, t) for t in range(tasks)]
        text.append("</group>")
    return "".join(text) + "</project></vnml>"


def book(size):
    """About so many bytes: a market of 1 KB, and groups of up to a thousand tasks that select it."""
    market = "<market name='M'>" + "".join(POINT.format(year) for year in range(1, 15)) + "</market>"
    text, length, number = [f"<vnml><project>{market}"], len(market), 0
    while length < size - 300:
        text.append(f"<group name='G{number // 1000}'>")
        while length < size - 300:
            text.append(valuation("noop", number))
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
