-- Stands behind the other common parts: attempts of tasks on their way into the dispatch stream.

-- Puts attempts into the dispatch stream, each at most once. args: from index first to last, for each task: number, attempt,
-- valuation name, deadline or '', again (yes: the entry of this attempt was lost), payload ('' if it was stored before).
-- bounds: '' if users are not told of tasks.
-- Gives a word for each task: sent, there (this attempt or a later one was sent before), done (has a result).
local function send_tasks(id, priority, g, name, ttl, trace, user, bounds, args, first, last)
    local h = group_key(id, g)
    local results, entries = {}, {}
    for i = first, last, 6 do
        results[#results + 1] = task_key(id, g, args[i], 'result')
        entries[#entries + 1] = 'vn:' .. args[i] .. ':entry'
    end
    if #results == 0 then return {} end
    local lane = task_lane(priority)
    local stream = lane_stream(DISPATCH, lane)
    local some_done = redis.call('EXISTS', unpack(results)) > 0
    local before = redis.call('HMGET', h, unpack(entries))

    -- All are judged before the first is sent: what is damaged must not leave entries that nobody knows of.
    local answer, entry_before = {}, {}
    for n, result in ipairs(results) do
        local attempt, again = tonumber(args[first + 6 * n - 5]), args[first + 6 * n - 2]
        local sent, entry = attempt_and_entry(before[n])
        if some_done and redis.call('EXISTS', result) == 1 then
            answer[n] = 'done'
        elseif sent > attempt or (sent == attempt and again ~= 'yes') then
            answer[n] = 'there'
        else
            answer[n], entry_before[n] = 'sent', entry
        end
    end

    local sent = {}
    for n, result in ipairs(results) do
        if answer[n] == 'sent' then
            local t, attempt, valuation, deadline, _, payload = unpack(args, first + 6 * n - 6, first + 6 * n - 1)
            local xml = task_key(id, g, t, 'xml')
            -- An attempt that was given up must not be run beside the new one.
            if entry_before[n] then remove_entry(DISPATCH, WORKERS, entry_before[n]) end
            if payload ~= '' then redis.call('SET', xml, payload, 'EX', ttl) end
            local fields = {'requestId', id, 'groupIdx', g, 'groupIndex', g, 'groupName', name, 'taskId', t,
                'valuationName', valuation, 'payloadKey', xml, 'resultKey', result, 'attempt', attempt}
            if trace ~= '' then fields[#fields + 1] = 'traceparent'; fields[#fields + 1] = trace end
            if deadline ~= '' then fields[#fields + 1] = 'deadline'; fields[#fields + 1] = deadline end
            local e = lane .. redis.call('XADD', stream, '*', unpack(fields))
            sent[#sent + 1] = entries[n]
            sent[#sent + 1] = attempt .. ' ' .. e
            notify_of_task(bounds, user, 'task_queued', id, g, name, t, attempt)
        end
    end
    if #sent > 0 then redis.call('HSET', h, unpack(sent)) end
    return answer
end
