-- Puts attempts of tasks into the dispatch stream, each at most once.
-- ARGV: id, epoch, group, group name, ttl, traceparent or '', then for each task: number, attempt, valuation name,
--       deadline or '', again (yes: the entry of this attempt was lost), payload ('' if it was stored before);
--       then bounds (common.lua) if the user is told of tasks
-- Gives a list with a word for each task: sent, there (this attempt or a later one was sent before), done (has a
-- result); or an empty list if the request is not the caller's.
local id, epoch, g, name, ttl, trace = unpack(ARGV, 1, 6)
local is_ours, user = is_owner(id, epoch)
if not is_ours then return {} end
local bounds = #ARGV % 6 == 1 and ARGV[#ARGV] or ''
local h = group_key(id, g)
local lane = task_lane(id)
local answer = {}
for i = 7, #ARGV - 5, 6 do
    local t, attempt, valuation, deadline, again, payload = unpack(ARGV, i, i + 5)
    local result = task_key(id, g, t, 'result')
    local xml = task_key(id, g, t, 'xml')
    local last, entry = dispatched(h, t)
    if redis.call('EXISTS', result) == 1 then
        answer[#answer + 1] = 'done'
    elseif last > tonumber(attempt) or (last == tonumber(attempt) and again ~= 'yes') then
        answer[#answer + 1] = 'there'
    else
        -- An attempt that was given up must not be run beside the new one.
        if entry then remove_entry(DISPATCH, WORKERS, entry) end
        if payload ~= '' then redis.call('SET', xml, payload, 'EX', ttl) end
        local fields = {'requestId', id, 'groupIdx', g, 'groupIndex', g, 'groupName', name, 'taskId', t,
            'valuationName', valuation, 'payloadKey', xml, 'resultKey', result, 'attempt', attempt}
        if trace ~= '' then fields[#fields + 1] = 'traceparent'; fields[#fields + 1] = trace end
        if deadline ~= '' then fields[#fields + 1] = 'deadline'; fields[#fields + 1] = deadline end
        local e = lane .. redis.call('XADD', lane_stream(DISPATCH, lane), '*', unpack(fields))
        redis.call('HSET', h, 'vn:' .. t .. ':entry', attempt .. ' ' .. e)
        notify_of_task(bounds, user, 'task_queued', id, g, name, t, attempt)
        answer[#answer + 1] = 'sent'
    end
end
return answer
