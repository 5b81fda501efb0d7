#!lua flags=allow-oom
-- Gives entries back so that others may claim them at once; it does not count as a delivery.
-- ARGV: stream, group, consumer, how many ms they are to seem idle (claim_tasks.lua), then entries
local stream, group, consumer, idle = unpack(ARGV, 1, 4)
for i = 5, #ARGV do
    local p = redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1)
    if p[1] and p[1][2] == consumer then
        redis.call('XCLAIM', stream, group, consumer, 0, ARGV[i], 'IDLE', idle,
            'RETRYCOUNT', math.max(p[1][4] - 1, 0), 'JUSTID')
    end
end
return 1
