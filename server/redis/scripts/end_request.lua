#!lua flags=allow-oom
-- The one end of a request.
-- ARGV: id, epoch, status (succeeded or failed), now, ttl, lifecycle length, the response or the failure as JSON, or the
--       name it is stored under, detail for the event or '', groups started, status of the last of them ('' if there is
--       none), its completed, its failed, reason to keep the ingest entry among the dead or '', dead length, node
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, status, now, ttl, length, document, part, detail, groups, group_status, completed, failed,
    reason, dead, node = unpack(ARGV)
if not is_owner(id, epoch) then return 0 end
local state = state_key(id)
local s = redis.call('HMGET', state, 'responseKey', 'entry', 'xmlKey', 'metadataKey')
local long = 2 * tonumber(ttl)

local last = tonumber(groups) - 1
if last >= 0 then
    local h = group_key(id, last)
    if redis.call('HGET', h, 'status') == 'running' then
        redis.call('HSET', h, 'status', group_status, 'completedAt', now, 'completed', completed, 'failed', failed)
        if group_status == 'completed' then
            tell(length, id, 'group_completed', now, {'group', tostring(last), 'groupIndex', tostring(last)})
        end
    end
    for g = 0, last do
        redis.call('EXPIRE', group_key(id, g), long)
        local hydrated = 'cache:request:' .. id .. ':group:' .. g
        if status == 'succeeded' then redis.call('UNLINK', hydrated) else redis.call('EXPIRE', hydrated, ttl) end
    end
end

local prepared = 'cache:request:' .. id .. ':document'
if status == 'succeeded' then
    put(s[1], document, part, ttl)
    redis.call('UNLINK', prepared, 'cache:request:' .. id .. ':failure')
    redis.call('HSET', state, 'status', 'succeeded', 'completedAt', now)
    tell(length, id, 'succeeded', now, {'responseKey', s[1]})
else
    put('cache:request:' .. id .. ':failure', document, part, ttl)
    redis.call('EXPIRE', prepared, ttl)
    redis.call('HSET', state, 'status', 'failed', 'completedAt', now, 'failureAt', now)
    tell(length, id, 'failed', now, {'detail', detail})
    local found = reason ~= '' and redis.call('XRANGE', INGEST, s[2], s[2]) or {}
    if found[1] then
        local count = deliveries_of(INGEST, ORCHESTRATORS, s[2])
        keep_dead('stream:request:dead', dead, found[1][2], reason, count, now, node)
    end
end
redis.call('EXPIRE', state, long)
redis.call('EXPIRE', s[3], ttl)
if s[4] and s[4] ~= '' then redis.call('EXPIRE', s[4], ttl) end
remove_entry(INGEST, ORCHESTRATORS, s[2])
return 1
