#!lua flags=allow-oom
-- Keeps the leases of the requests a node runs. A bare XCLAIM would take an entry back from its new owner.
-- ARGV: consumer, then entry, id, epoch of each. Gives the ids that are not the caller's any more.
local lost = {}
for i = 2, #ARGV, 3 do
    -- A state that is no hash is its own request's trouble only.
    local ok, is_ours = pcall(owned, ARGV[i + 1], ARGV[i + 2])
    if not ok and lacks_right(is_ours) then error({err = tostring(is_ours)}) end
    if ok and is_ours then
        claim_entry(INGEST, ORCHESTRATORS, ARGV[1], ARGV[i], 'JUSTID')
    else
        lost[#lost + 1] = ARGV[i + 1]
    end
end
return lost
