#!lua flags=allow-oom
-- Keeps since when Redis has heard of a node without a gap of more than half a lease: who lives says so more often, if
-- Redis is there. is_calm() in common.lua reads it. ARGV: node, lease in ms
local node, lease = unpack(ARGV)
local key = 'vn:calm:' .. node
local since = redis.call('PTTL', key) > 2.4 * lease and string.match(redis.call('GET', key), '^%d+')
redis.call('SET', key, (since or string.format('%.0f', now_ms())) .. ' ' .. lease, 'PX', string.format('%.0f', 3 * lease))
return 1
