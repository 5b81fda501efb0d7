#!lua flags=allow-oom
-- Keeps the leases of the requests a node runs. A bare XCLAIM would take an entry back from its new owner.
-- ARGV: consumer, then entry, id, epoch of each. Gives the ids that are not the caller's any more.
local lost = {}
for i = 2, #ARGV, 3 do
    if is_owner(ARGV[i + 1], ARGV[i + 2]) then
        claim_entry(INGEST, ORCHESTRATORS, ARGV[1], ARGV[i], 'JUSTID')
    else
        lost[#lost + 1] = ARGV[i + 1]
    end
end
return lost
