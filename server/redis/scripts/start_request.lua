#!lua flags=allow-oom
-- The document was read and its initial pass is done.
-- ARGV: id, epoch, now, ttl, bounds (common.lua), group count, document after the initial pass
--       ('' if that changed nothing), how long its task documents are kept: '', request, ttl
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, now, ttl, bounds, groups, document, kept = unpack(ARGV)
local s = owned(id, epoch, 'currentGroup', 'startedAt', 'listed', 'listedAs')
if not s then return 0 end
local _, was, user, group, started_at, listed, listed_as = unpack(s, 1, 7)
local state = state_key(id)
if was == 'received' then
    if document ~= '' then
        local key = 'cache:request:' .. id .. ':document'
        put(key, document, ttl)
        redis.call('HSET', state, 'documentKey', key)
    end
    -- After a retry it goes on where it was.
    local status = (tonumber(group) or -1) >= 0 and 'running' or 'started'
    redis.call('HSET', state, 'status', status, 'groupCount', groups, 'taskDocuments', kept or '',
        'startedAt', started_at or now, 'listed', move_in_list(id, status, ttl, listed, listed_as), 'listedAs', status)
    tell(bounds, id, 'started', now, {'groupCount', groups})
    notify(bounds, user, 'workflow_started', id, {nodes = groups, entry_nodes = groups == '0' and '0' or '1', tag = '""'})
end
return 1
