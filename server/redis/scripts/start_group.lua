-- Ends the group before, if there is one, and starts the next: from here on it is never hydrated again. Its first tasks go
-- with it; so a full Redis refuses this as it refuses every new task (R1).
-- ARGV: id, epoch, now, ttl, bounds (common.lua), group, its name, its number of tasks, hydrated group,
--       the tasks of the group before that it went on without: '3,17', or '', then of a request that starts with this group
--       its number of groups (else '') and how long its task documents are kept: '', request, ttl, then
--       traceparent or '', deadline of the request or '', bounds of the events of tasks or '', and tasks as send_tasks()
--       takes them
-- Gives a list: the words of send_tasks(), or lost if the request is not the caller's.
local id, epoch, now, ttl, bounds, g, name, tasks, hydrated, failed, groups, kept, trace, deadline, task_bounds =
    unpack(ARGV, 1, 15)
local s = owned(id, epoch, 'priority', 'startedAt', 'listed', 'listedAs')
if not s then return {'lost'} end
local user = s[3]
if groups ~= '' and s[2] == 'received' then
    begin_request(bounds, id, 'started', now, ttl, groups, kept, user, unpack(s, 5, 7))
end
local before = tonumber(g) - 1
if before >= 0 then
    local h = group_key(id, before)
    local was = redis.call('HMGET', h, 'status', 'expected')
    if was[1] == 'running' then
        local _, without = string.gsub(failed, '%d+', '')
        redis.call('HSET', h, 'status', 'completed', 'completedAt', now,
            'completed', tonumber(was[2]) - without, 'failed', without)
        -- From here on they have failed, also if a result of one still comes.
        if failed ~= '' then redis.call('HSET', h, 'vn:without', failed) end
        tell(bounds, id, 'group_completed', now, {'group', tostring(before), 'groupIndex', tostring(before)})
        group_completed(bounds, user, id, tostring(before))
    end
end
local h = group_key(id, g)
local is_new = redis.call('EXISTS', h) == 0
if is_new then
    put('cache:request:' .. id .. ':group:' .. g, hydrated, ttl)
    redis.call('HSET', h, 'name', name, 'expected', tasks, 'completed', '0', 'failed', '0', 'status', 'running',
        'startedAt', now)
    redis.call('EXPIRE', h, 2 * tonumber(ttl))
    redis.call('HSET', state_key(id), 'status', 'running', 'currentGroup', g)
    tell(bounds, id, 'group_started', now, {'group', g, 'groupIndex', g})
    notify_of_group(bounds, user, 'node_started', id, g, {tasks = tasks})
end
return send_tasks(id, s, g, name, is_new, ttl, trace, deadline, task_bounds, ARGV, 16)
