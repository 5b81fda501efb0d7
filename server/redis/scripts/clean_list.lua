#!lua flags=allow-oom
-- Takes requests that have expired out of the list, the oldest first, and lets it live while there is one.
-- ARGV: most members looked at, ttl. Gives the number of those taken out.
local most, ttl = unpack(ARGV)
local removed = 0
for _, status in ipairs({'', ':received', ':running', ':succeeded', ':failed', ':cancelled'}) do
    local key = LIST .. status
    for _, member in ipairs(redis.call('ZRANGE', key, 0, most - 1)) do
        if redis.call('EXISTS', state_key(string.sub(member, 15))) == 0 then
            removed = removed + redis.call('ZREM', key, member)
        end
    end
    redis.call('EXPIRE', key, 2 * tonumber(ttl))
end
return removed
