// Requests to begin with.

const bonds = () => `<?xml version="1.0" encoding="UTF-8"?>
<vnml>
  <project>
    <market name="EUR" curve="flat"/>
    <portfolio>
      <instrument name="bond-2030" coupon="0.025"/>
      <instrument name="bond-2035" coupon="0.031"/>
    </portfolio>
    <group name="Bonds">
      <valuation name="security">
        <market select="/vnml/project/market"/>
        <instrument select="/vnml/project/portfolio/instrument[1]"/>
        <analytics><price><amount>0.00</amount></price></analytics>
      </valuation>
      <valuation name="security">
        <market select="/vnml/project/market"/>
        <instrument select="/vnml/project/portfolio/instrument[2]"/>
        <analytics><price><amount>0.00</amount></price></analytics>
      </valuation>
    </group>
    <group name="Portfolio">
      <valuation name="portfolio">
        <first><amount select="/vnml/project/group[1]/valuation[1]/analytics/price/amount"/></first>
        <second><amount select="/vnml/project/group[1]/valuation[2]/analytics/price/amount"/></second>
        <analytics><price><amount>0.00</amount></price></analytics>
      </valuation>
    </group>
  </project>
</vnml>
`;

// Groups one after the other, each with so many tasks side by side.
function many(groups, tasks) {
    const valuation = number => `      <valuation name="loan" number="${number}">
        <market select="/vnml/project/market"/>
        <analytics><price><amount>0.00</amount></price></analytics>
      </valuation>
`;
    const group = number => `    <group name="Step ${number}">
${Array.from({ length: tasks }, (_, task) => valuation(task + 1)).join("")}    </group>
`;
    return `<vnml>
  <project>
    <market name="EUR" curve="flat"/>
${Array.from({ length: groups }, (_, index) => group(index + 1)).join("")}  </project>
</vnml>
`;
}

export const examples = [
    { name: "Two bonds, then their portfolio", text: bonds },
    { name: "Three steps of 60 loans", text: () => many(3, 60) },
    { name: "One step of 1,000 loans", text: () => many(1, 1000) },
];
