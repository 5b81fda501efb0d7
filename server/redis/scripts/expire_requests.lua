#!lua flags=allow-oom
-- Ends requests whose deadline has passed and that nobody has ended: they are queued still, or their owner is gone.
-- ARGV: now, ttl, bounds (common.lua), most, time in ms that an owner has to end its request itself
-- Gives the ids of those that were ended.
local now, ttl, bounds, most, grace = unpack(ARGV)
local ms = now_ms()
local ended = {}

-- The node's time is a little older than ms, and may be wrong: no end is written as before the deadline.
local function time_of_end(deadline)
    local form = '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$'
    return string.match(deadline or '', form) and deadline > now and deadline or now
end

local function expire(id, s)
    local now = time_of_end(s.deadline)
    local group = group_index(s.currentGroup)
    local failed, failed_group = '0', ''
    if group >= 0 then
        at_any_rate(function()
            local h = group_key(id, group)
            failed = string.match(redis.call('HGET', h, 'failed') or '', '^%d+$') or '0'
            if redis.call('HGET', h, 'status') == 'running' then
                redis.call('HSET', h, 'status', 'failed', 'completedAt', now)
                withdraw_tasks(id, group)
                failed_group = tostring(group)
            end
        end)
    end
    local where = group >= 0 and '"group":' .. group .. ',"stage":"tasks"' or '"stage":"document"'
    local why = '"code":"request-deadline","error":"the time for the request is over","failed":'
    local document = '{"requestId":"' .. id .. '",' .. where .. ',' .. why .. failed .. ',"failures":[]}'
    redis.call('SET', 'cache:request:' .. id .. ':failure', document, 'EX', ttl)
    redis.call('HSET', state_key(id), 'epoch', next_epoch(s.epoch), 'status', 'failed', 'completedAt', now, 'failureAt', now)
    tell(bounds, id, 'failed', now, {'detail', document})
    at_any_rate(notify_of_failure, bounds, s.username, id, failed_group, document)
    at_any_rate(bound_failed, id, ttl, group + 1)
    list_as(id, 'failed', ttl)
    redis.call('ZREM', DEADLINES, id)
    remove_entry(INGEST, ORCHESTRATORS, s.entry)
    ended[#ended + 1] = id
end

local due = redis.call('ZRANGEBYSCORE', DEADLINES, '-inf', ms, 'WITHSCORES', 'LIMIT', 0, most)
local function look_at(id, since)
    local f = redis.call('HMGET', state_key(id), 'status', 'epoch', 'currentGroup', 'entry', 'username', 'deadline')
    if not f[1] or not f[4] or is_final(f[1]) then
        redis.call('ZREM', DEADLINES, id)
    elseif f[2] == '0' or ms - since >= tonumber(grace) then
        expire(id, {currentGroup = f[3], entry = f[4], epoch = f[2], username = f[5], deadline = f[6]})
    end
end

-- One whose keys hold something else than they should must not keep the others waiting.
for i = 1, #due, 2 do
    local ok, why = pcall(look_at, due[i], tonumber(due[i + 1]))
    if not ok and lacks_right(why) then error({err = error_text(why)}) end
    if not ok then redis.call('ZREM', DEADLINES, due[i]) end
end
return ended
