#!lua flags=allow-oom
-- Keeps the tasks that a worker runs. ARGV: consumer, then entry and request id of each.
-- Gives the entries that are not its any more, each with '1' if its request has ended.
local lost = {}
for i = 2, #ARGV, 2 do
    local p = pending_entry(DISPATCH, WORKERS, ARGV[i])
    -- Not a text: the state is gone, or no hash, which is its own request's trouble only.
    local status = redis.pcall('HGET', state_key(ARGV[i + 1]), 'status')
    if type(status) == 'table' and lacks_right(status.err) then return status end
    if is_final(status) then
        lost[#lost + 1] = {ARGV[i], '1'}
    elseif p and p[2] == ARGV[1] then
        claim_entry(DISPATCH, WORKERS, ARGV[1], ARGV[i], 'JUSTID')
    else
        lost[#lost + 1] = {ARGV[i], '0'}
    end
end
return lost
