#!lua flags=no-writes
-- What the tasks of one group are doing, from the stream and the group hash.
-- ARGV: id, group, first task, limit, most tasks looked at, which (all or open: those without a result)
-- Gives: the task to go on with or '', then of each: task, word (completed, queued, running, failed, lost), attempt, consumer,
-- ms since its last sign of life, deliveries, ms since 1970 when the attempt was sent or '', failure record or ''
local id, g, from, limit, most, which = unpack(ARGV)
local h = group_key(id, g)
local expected = tonumber(redis.call('HGET', h, 'expected') or '0')
local cache = {}
local first = tonumber(from)
local answer = {''}

local function look_at(t)
    if redis.call('EXISTS', task_key(id, g, t, 'result')) == 1 then
        return which == 'all' and {t, 'completed', '', '', '0', '0', '', ''} or nil
    end
    local attempt, entry = dispatched(h, t)
    local f = redis.call('HMGET', h, 'vn:' .. t .. ':failed', 'vn:' .. t .. ':failure')
    local record = f[2] or ''
    if not entry then return {t, 'queued', '1', '', '0', '0', '', record} end
    local one = {t, 'lost', tostring(attempt), '', '0', '0', string.match(entry, '(%d+)%-%d+$'), record}
    if tonumber(f[1] or '0') >= attempt then
        one[2] = 'failed'
    else
        local where, p = whereabouts(entry, cache)
        if where == 'waiting' then
            one[2] = 'queued'
        elseif where == 'pending' then
            one[2], one[4], one[5], one[6] = 'running', p[2], tostring(p[3]), tostring(p[4])
        end
    end
    return one
end

for t = first, math.min(expected, first + most - 1) do
    answer[#answer + 1] = look_at(string.format('%.0f', t))
    if #answer > tonumber(limit) or t == first + most - 1 then
        if t < expected then answer[1] = string.format('%.0f', t + 1) end
        break
    end
end
return answer
