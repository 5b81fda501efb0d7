#!lua
-- Gives a parked task back to the workers, if its request still goes on and nobody has done it meanwhile.
-- ARGV: entry of stream:task:dead, updates length, then who asks: token, user, call, now, node, audit length
-- Gives: requeued|ended|not-parked|expired|unusable|gone, request id or '', status or ''
local dead, length = unpack(ARGV, 1, 2)
local by = {unpack(ARGV, 3)}
local found = redis.call('XRANGE', 'stream:task:dead', dead, dead)
if not found[1] then return {was_done(by) and 'requeued' or 'gone', '', ''} end

local fields = before_death(found[1][2])
if not fields then return {'unusable', '', ''} end
local f = by_name(fields)
local id, g, t = f.requestId, f.groupIdx or f.groupIndex, f.taskId
if not id or not g or not t or not string.match(g, '^%d+$') or not string.match(t, '^%d+$') then
    return {'unusable', '', ''}
end
local s = redis.call('HMGET', state_key(id), 'status', 'currentGroup')
if not s[1] or is_final(s[1]) then return {'ended', id, s[1] or ''} end
local h = group_key(id, g)
local last, entry = dispatched(h, t)
local attempt = tonumber(f.attempt or '1') or 1
if g ~= s[2] or last > attempt or redis.call('EXISTS', h) == 0 or redis.call('EXISTS', task_key(id, g, t, 'result')) == 1
    or (entry and find_entry(DISPATCH, entry)) then
    return {'not-parked', id, s[1]}
end
if redis.call('EXISTS', task_key(id, g, t, 'xml')) == 0 then return {'expired', id, s[1]} end

local again = redis.call('XADD', DISPATCH, '*', unpack(fields))
redis.call('HSET', h, 'vn:' .. t .. ':entry', string.format('%.0f %s', attempt, again))
redis.call('HDEL', h, 'vn:' .. t .. ':failed', 'vn:' .. t .. ':failure')
redis.call('XADD', UPDATES, 'MAXLEN', '~', length, '*', 'requestId', id, 'groupIdx', g, 'taskId', t,
    'status', 'requeued', 'attempt', string.format('%.0f', attempt), 'node', by[5])
redis.call('XDEL', 'stream:task:dead', dead)
audit(by, 'requeue', id, 'task', dead)
return {'requeued', id, s[1]}
