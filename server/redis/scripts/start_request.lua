#!lua flags=allow-oom
-- The document was read and its initial pass is done.
-- ARGV: id, epoch, now, ttl, bounds (common.lua), group count, document after the initial pass
--       ('' if that changed nothing), or the name it is stored under, how long its task documents are kept: '', request, ttl
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, now, ttl, bounds, groups, document, part, kept = unpack(ARGV)
local is_ours, user = is_owner(id, epoch)
if not is_ours then return 0 end
local state = state_key(id)
if redis.call('HGET', state, 'status') == 'received' then
    if document .. part ~= '' then
        local key = 'cache:request:' .. id .. ':document'
        put(key, document, part, ttl)
        redis.call('HSET', state, 'documentKey', key)
    end
    -- After a retry it goes on where it was.
    local group = tonumber(redis.call('HGET', state, 'currentGroup') or '-1') or -1
    local status = group >= 0 and 'running' or 'started'
    redis.call('HSET', state, 'status', status, 'groupCount', groups, 'taskDocuments', kept or '')
    redis.call('HSETNX', state, 'startedAt', now)
    list_as(id, status, ttl)
    tell(bounds, id, 'started', now, {'groupCount', groups})
    notify(bounds, user, 'workflow_started', id, {nodes = groups, entry_nodes = groups == '0' and '0' or '1', tag = '""'})
end
return 1
