#!lua flags=allow-oom
-- Ends a request that nobody wants any more, from any node, whoever runs it.
-- ARGV: id, ttl, bounds (common.lua), then who asks: token, user, call, now, node, audit length
-- Gives: cancelled|ended|unknown, status
local id, ttl, bounds = unpack(ARGV, 1, 3)
local by = {unpack(ARGV, 4)}
local now, state = by[4], state_key(id)
local s = redis.call('HMGET', state, 'status', 'entry', 'currentGroup', 'epoch', 'username', 'xmlKey', 'metadataKey',
    'idempotencyKey', 'idempotencyTtl')
if not s[1] then return {'unknown', ''} end
if is_final(s[1]) then return {s[1] == 'cancelled' and was_done(by) and 'cancelled' or 'ended', s[1]} end

redis.call('HSET', state, 'status', 'cancelled', 'completedAt', now, 'epoch', next_epoch(s[4]))
list_as(id, 'cancelled', ttl)
tell(bounds, id, 'cancelled', now)
notify(bounds, s[5], 'workflow_cancelled', id, {})
local last = group_index(s[3])
if last >= 0 then
    at_any_rate(function()
        withdraw_tasks(id, last)
        local h = group_key(id, last)
        if redis.call('HGET', h, 'status') == 'running' then
            redis.call('HSET', h, 'status', 'failed', 'completedAt', now)
        end
    end)
end
unlink_prepared(id, last + 1)
at_any_rate(bound_ended, id, ttl, last + 1, unpack(s, 6, 9))
redis.call('ZREM', DEADLINES, id)
audit(by, 'cancel', id, '', '')
if s[2] then remove_entry(INGEST, ORCHESTRATORS, s[2]) end
return {'cancelled', 'cancelled'}
