#!lua flags=allow-oom
-- Ends the group before, if there is one, and starts the next: from here on it is never hydrated again.
-- ARGV: id, epoch, now, ttl, bounds (common.lua), group, its name, its number of tasks, hydrated group or
--       the name it is stored under, and the tasks of the group before that it went on without: '3,17', or ''
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, now, ttl, bounds, g, name, tasks, hydrated, part, failed = unpack(ARGV)
local is_ours, user = is_owner(id, epoch)
if not is_ours then return 0 end
local before = tonumber(g) - 1
if before >= 0 then
    local h = group_key(id, before)
    if redis.call('HGET', h, 'status') == 'running' then
        local _, without = string.gsub(failed, '%d+', '')
        redis.call('HSET', h, 'status', 'completed', 'completedAt', now,
            'completed', tonumber(redis.call('HGET', h, 'expected')) - without, 'failed', without)
        -- From here on they have failed, also if a result of one still comes.
        if failed ~= '' then redis.call('HSET', h, 'vn:without', failed) end
        tell(bounds, id, 'group_completed', now, {'group', tostring(before), 'groupIndex', tostring(before)})
        group_completed(bounds, user, id, tostring(before))
    end
end
local h = group_key(id, g)
if redis.call('EXISTS', h) == 0 then
    put('cache:request:' .. id .. ':group:' .. g, hydrated, part, ttl)
    redis.call('HSET', h, 'name', name, 'expected', tasks, 'completed', '0', 'failed', '0', 'status', 'running',
        'startedAt', now)
    redis.call('EXPIRE', h, 2 * tonumber(ttl))
    redis.call('HSET', state_key(id), 'status', 'running', 'currentGroup', g)
    list_as(id, 'running', ttl)
    tell(bounds, id, 'group_started', now, {'group', g, 'groupIndex', g})
    notify_of_group(bounds, user, 'node_started', id, g, {tasks = tasks})
end
return 1
