#!lua flags=allow-oom
-- The document was read and its initial pass is done. What that did not change starts with its first group, mostly (start_group.lua).
-- ARGV: id, epoch, now, ttl, bounds (common.lua), group count, document after the initial pass
--       ('' if that changed nothing), how long its task documents are kept: '', request, ttl
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, now, ttl, bounds, groups, document, kept = unpack(ARGV)
local s = owned(id, epoch, 'currentGroup', 'startedAt', 'listed', 'listedAs')
if not s then return 0 end
local _, was, user, group, started_at, listed, listed_as = unpack(s, 1, 7)
if was == 'received' then
    if document ~= '' then
        local key = 'cache:request:' .. id .. ':document'
        put(key, document, ttl)
        redis.call('HSET', state_key(id), 'documentKey', key)
    end
    local status = (tonumber(group) or -1) >= 0 and 'running' or 'started'
    begin_request(bounds, id, status, now, ttl, groups, kept, user, started_at, listed, listed_as)
end
return 1
