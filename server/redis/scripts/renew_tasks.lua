#!lua flags=allow-oom
-- Keeps the tasks that a worker runs. ARGV: consumer, then entries. Gives the entries that are not its any more.
local lost = {}
for i = 2, #ARGV do
    local p = redis.call('XPENDING', DISPATCH, WORKERS, ARGV[i], ARGV[i], 1)
    if p[1] and p[1][2] == ARGV[1] then
        redis.call('XCLAIM', DISPATCH, WORKERS, ARGV[1], 0, ARGV[i], 'JUSTID')
    else
        lost[#lost + 1] = ARGV[i]
    end
end
return lost
