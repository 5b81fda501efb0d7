#!lua flags=allow-oom
-- The truth about tasks of a group (the sweeper decides by it).
-- ARGV: id, group, time in ms that a worker without heartbeat has, then tasks
-- Gives for each task: word, attempt, failure record or ''. Words: done, failed (the last attempt sent has failed), waiting,
-- running, overdue (with a worker of somebody else, too long), lost, new (never sent).
local id, g, foreign = unpack(ARGV, 1, 3)
local h = group_key(id, g)

local cache = {}

local calm = is_calm(redis.call('HGET', state_key(id), 'node') or '')
local answer = {}
for i = 4, #ARGV do
    local t = ARGV[i]
    local attempt, entry = dispatched(h, t)
    local failed = tonumber(redis.call('HGET', h, 'vn:' .. t .. ':failed') or '0')
    local word, record = 'lost', ''
    if redis.call('EXISTS', task_key(id, g, t, 'result')) == 1 then
        word = 'done'
    elseif not entry then
        word = 'new'
    elseif failed >= attempt then
        word, record = 'failed', redis.call('HGET', h, 'vn:' .. t .. ':failure') or ''
    else
        local where, p = whereabouts(entry, cache)
        if where == 'waiting' then
            word = 'waiting'
        elseif where == 'pending' then
            local node = string.match(p[2], '^vn%-(.*)$')
            if p[3] < tonumber(foreign) then
                word = 'running'
            elseif not node then
                word = 'overdue'
            elseif redis.call('EXISTS', 'vn:node:' .. node) == 1 or not calm then
                -- Handed back by a node that stops, or of one that could not renew while Redis was away. Another
                -- worker claims it, or this one goes on; if there is none, it is lost when the node is gone.
                word = 'running'
            end
        end
    end
    answer[#answer + 1] = {word, tostring(attempt), record}
end
return answer
