#!lua flags=allow-oom
-- Gives entries back so that others may claim them at once; it does not count as a delivery.
-- ARGV: stream, group, consumer, then entries
local stream, group, consumer = unpack(ARGV, 1, 3)
for i = 4, #ARGV do
    local p = redis.call('XPENDING', stream, group, ARGV[i], ARGV[i], 1)
    if p[1] and p[1][2] == consumer then
        redis.call('XCLAIM', stream, group, consumer, 0, ARGV[i], 'IDLE', 3600000,
            'RETRYCOUNT', math.max(p[1][4] - 1, 0), 'JUSTID')
    end
end
return 1
