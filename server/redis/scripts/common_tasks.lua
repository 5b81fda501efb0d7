-- Stands behind the other common parts: attempts of tasks on their way into the dispatch stream.

-- Puts attempts into the dispatch stream, each at most once. s: epoch, status, user and priority of the request. is_new: the
-- group knows of no attempts yet. trace: traceparent or ''. bounds: '' if users are not told of tasks. args: from index first
-- on, for each task: number, attempt, valuation name, again (yes: the entry of this attempt was lost), payload.
-- Gives a word for each task: sent, there (this attempt or a later one was sent before), done (has a result).
local function send_tasks(id, s, g, name, is_new, ttl, trace, deadline, bounds, args, first)
    local h, prefix = group_key(id, g), tasks_of(id, g)
    local results, entries = {}, {}
    for i = first, #args, 5 do
        results[#results + 1] = prefix .. args[i] .. ':result'
        entries[#entries + 1] = 'vn:' .. args[i] .. ':entry'
    end
    if #results == 0 then return {} end
    local lane = task_lane(s[4])
    local stream = lane_stream(DISPATCH, lane)
    local some_done = redis.call('EXISTS', unpack(results)) > 0
    local before = is_new and {} or redis.call('HMGET', h, unpack(entries))

    -- All are judged before the first is sent: what is damaged must not leave entries that nobody knows of.
    local answer, entry_before, parts = {}, {}, false
    for n, result in ipairs(results) do
        local attempt, again = tonumber(args[first + 5 * n - 4]), args[first + 5 * n - 2]
        local sent, entry = attempt_and_entry(before[n])
        if some_done and redis.call('EXISTS', result) == 1 then
            answer[n] = 'done'
        elseif sent > attempt or (sent == attempt and again ~= 'yes') then
            answer[n] = 'there'
        else
            answer[n], entry_before[n] = 'sent', entry
            local payload = args[first + 5 * n - 1]
            if is_part(payload) then
                if not is_whole(payload) then error({err = 'ERR no such key'}) end
                parts = true
            end
        end
    end

    local more = {}
    if trace ~= '' then more = {'traceparent', trace} end
    if deadline ~= '' then more[#more + 1] = 'deadline'; more[#more + 1] = deadline end
    local tells = bounds ~= '' and is_user(s[3])
    local sent = {}
    for n, result in ipairs(results) do
        if answer[n] == 'sent' then
            local i = first + 5 * n - 5
            local t, attempt, payload = args[i], args[i + 1], args[i + 4]
            local xml = prefix .. t .. ':xml'
            -- An attempt that was given up must not be run beside the new one.
            if entry_before[n] then remove_entry(DISPATCH, WORKERS, entry_before[n]) end
            if parts then put(xml, payload, ttl) else redis.call('SET', xml, payload, 'EX', ttl) end
            local entry = redis.call('XADD', stream, '*', 'requestId', id, 'groupIdx', g, 'groupIndex', g, 'groupName', name,
                'taskId', t, 'valuationName', args[i + 2], 'payloadKey', xml, 'resultKey', result, 'attempt', attempt,
                unpack(more))
            sent[#sent + 1] = entries[n]
            sent[#sent + 1] = attempt .. ' ' .. lane .. entry
            if tells then notify_of_task(bounds, s[3], 'task_queued', id, g, name, t, attempt) end
        end
    end
    if #sent > 0 then redis.call('HSET', h, unpack(sent)) end
    return answer
end
