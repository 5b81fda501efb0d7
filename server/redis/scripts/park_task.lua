#!lua flags=allow-oom
-- Takes an entry that cannot be run out of the stream, with its reason, and fails its task if that is known.
-- Its document stays until its TTL: an operator may give the task back.
-- ARGV: entry, id or '', group, task, attempt, reason, deliveries, now, node, dead length, updates length, failure record,
--       bounds (common.lua) if the user is told of tasks
local entry, id, g, t, attempt, reason, deliveries, now, node, dead, length, record, bounds = unpack(ARGV)
local found = find_entry(DISPATCH, entry)
if found then
    keep_dead('stream:task:dead', dead, found[2], reason, deliveries, now, node)
    local h = group_key(id, g)
    if id ~= '' and redis.call('EXISTS', h) == 1 then
        at_any_rate(redis.call, 'HSET', h, 'vn:' .. t .. ':failed', attempt, 'vn:' .. t .. ':failure', record)
        redis.call('XADD', UPDATES, 'MAXLEN', '~', length, '*', 'requestId', id, 'groupIdx', g, 'taskId', t,
            'status', 'failed', 'attempt', attempt, 'node', node, 'result', reason, 'code', reason, 'retryable', 'no')
        at_any_rate(function()
            notify_of_task(bounds, redis.call('HGET', state_key(id), 'username'), 'task_failed', id, g,
                redis.call('HGET', h, 'name') or '', t, attempt, {error = cause_of(record), retryable = 'false'})
        end)
    end
end
remove_entry(DISPATCH, WORKERS, entry)
return 1
