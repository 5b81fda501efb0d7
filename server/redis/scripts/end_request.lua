#!lua flags=allow-oom
-- The one end of a request.
-- ARGV: id, epoch, status (succeeded or failed), now, ttl, bounds (common.lua), the response or the failure as JSON, detail
--       for the event or '', groups started, status of the last of them ('' if there is none), its completed, its failed,
--       reason to keep the ingest entry among the dead or '', dead length, node
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, status, now, ttl, bounds, document, detail, groups, group_status, completed, failed,
    reason, dead, node = unpack(ARGV)
local s = owned(id, epoch, 'responseKey', 'entry', 'currentGroup', 'listed', 'listedAs', 'xmlKey', 'metadataKey',
    'idempotencyKey', 'idempotencyTtl')
if not s then return 0 end
local user, response, entry, group, listed, listed_as = unpack(s, 3, 8)
local state = state_key(id)
response = response or 'cache:request:' .. id .. ':response'

local last = tonumber(groups) - 1
-- One whose start the owner was not told of in time has started all the same.
local started_later = status ~= 'succeeded' and group_index(group) > last
if started_later then last, group_status = group_index(group), 'failed' end
local failed_group = ''
if last >= 0 then
    at_any_rate(function()
        local h = group_key(id, last)
        if started_later then
            local seen = redis.call('HMGET', h, 'completed', 'failed')
            completed, failed = seen[1] or '0', seen[2] or '0'
        end
        if redis.call('HGET', h, 'status') == 'running' then
            redis.call('HSET', h, 'status', group_status, 'completedAt', now, 'completed', completed, 'failed', failed)
            if group_status == 'completed' then
                tell(bounds, id, 'group_completed', now, {'group', tostring(last), 'groupIndex', tostring(last)})
                group_completed(bounds, user, id, tostring(last))
            else
                failed_group = tostring(last)
            end
        end
    end)
end

if status == 'succeeded' then
    put(response, document, ttl)
    unlink_prepared(id, last + 1)
    redis.call('HSET', state, 'status', 'succeeded', 'completedAt', now,
        'listed', move_in_list(id, status, ttl, listed, listed_as), 'listedAs', status)
    tell(bounds, id, 'succeeded', now, {'responseKey', response})
    notify(bounds, user, 'workflow_completed', id, {counter = '0'})
    at_any_rate(bound_ended, id, ttl, last + 1, unpack(s, 9, 12))
else
    put('cache:request:' .. id .. ':failure', document, ttl)
    if last >= 0 then at_any_rate(withdraw_tasks, id, last) end
    redis.call('HSET', state, 'status', 'failed', 'completedAt', now, 'failureAt', now,
        'listed', move_in_list(id, status, ttl, listed, listed_as), 'listedAs', status)
    tell(bounds, id, 'failed', now, {'detail', detail})
    at_any_rate(notify_of_failure, bounds, user, id, failed_group, detail)
    local found = reason ~= '' and entry and find_entry(INGEST, entry)
    if found then
        local count = deliveries_of(INGEST, ORCHESTRATORS, entry)
        keep_dead('stream:request:dead', dead, found[2], reason, count, now, node)
    end
    at_any_rate(bound_failed, id, ttl, last + 1)
end
redis.call('ZREM', DEADLINES, id)
if entry then remove_entry(INGEST, ORCHESTRATORS, entry) end
return 1
