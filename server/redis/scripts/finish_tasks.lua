#!lua flags=allow-oom
-- The ends of attempts at tasks, of any requests: for each the result if there is none yet, or the failure; the update; the
-- acknowledgement last.
-- ARGV: ttl, updates length, node, bounds (common.lua) or '' if users are not told of tasks, id of an update or '', then
--       of attempts that have these in common: id, group, group name, valuation name, executor, plugin, how many; and of
--       each: entry, task, attempt, duration in ms, status (completed or failed), and the result, or failure record as JSON,
--       error text, code, retryable (yes or no)
-- Gives: the id of the last update, if that and all beyond the given one were written here, else ''; then for each: counted,
-- recorded, duplicate, dropped (its request has ended), unstored (the part that should hold its result does not: nothing was done),
-- refused (its keys hold something else than they should)
local ttl, length, node, bounds, seen = unpack(ARGV, 1, 5)

local own = seen ~= ''
if own then
    local beyond = redis.pcall('XRANGE', UPDATES, '(' .. seen, '+', 'COUNT', 1)
    own = not beyond.err and #beyond == 0
end

-- What attempts have in common, with the beginning of the names of their documents; of the request: whether it has ended,
-- its user, and whether documents of its tasks are kept.
local id, g, name, valuation, executor, plugin, prefix, ended, user, kept

-- Of requests, by their ids.
local known = {}
local function look_up()
    local k = known[id]
    if not k then
        local s = redis.call('HMGET', state_key(id), 'status', 'username', 'taskDocuments')
        k = {is_final(s[1]) or false, bounds ~= '' and is_user(s[2]) and s[2], keeps_documents(s[3])}
        known[id] = k
    end
    ended, user, kept = k[1], k[2], k[3]
end

-- Entries of which nothing is left to do, by their stream, and documents that nobody needs any more.
local over, spent = {}, {}
local function is_over(entry, xml)
    local stream, of_stream = at(DISPATCH, entry)
    over[stream] = over[stream] or {}
    table.insert(over[stream], of_stream)
    if not kept then spent[#spent + 1] = xml end
end

local function update(key, t, attempt, took, status, ...)
    local update_id = redis.call('XADD', UPDATES, 'MAXLEN', '~', length, '*', 'requestId', id, 'groupIdx', g, 'groupName', name,
        'taskId', t, 'valuationName', valuation, 'resultKey', key, 'status', status, 'attempt', attempt,
        'durationMs', took, 'node', node, 'executor', executor, 'plugin', plugin, ...)
    if own then seen = update_id end
end

local function complete(entry, t, attempt, took, result)
    local key = prefix .. t .. ':result'
    local part = is_part(result)
    local is_first
    if not part then
        is_first = redis.call('SET', key, result, 'EX', ttl, 'NX')
    elseif redis.call('EXISTS', key) == 1 then
        drop_part(result)
    elseif not is_whole(result) then
        return 'unstored'
    else
        put(key, result, ttl)
        is_first = true
    end
    if is_first then
        local ok, why = pcall(update, key, t, attempt, took, 'completed')
        if not ok then
            -- Whoever tries again is to write both.
            redis.call(unpack(part and {'RENAME', key, result} or {'UNLINK', key}))
            error({err = error_text(why)})
        end
        if user then notify_of_task(bounds, user, 'task_completed', id, g, name, t, attempt, {duration_ms = took}) end
    end
    is_over(entry, prefix .. t .. ':xml')
    return is_first and 'counted' or 'duplicate'
end

-- Nobody wants to know how it ended.
local function drop(entry, t, result)
    drop_part(result)
    remove_entry(DISPATCH, WORKERS, entry)
    redis.call('UNLINK', prefix .. t .. ':xml')
    return 'dropped'
end

local function fail(entry, t, attempt, took, record, text, code, retryable)
    local xml, key = prefix .. t .. ':xml', prefix .. t .. ':result'
    local outcome = 'duplicate'
    local h = group_key(id, g)
    local _, current = dispatched(h, t)
    local has_result = redis.call('EXISTS', key) == 1
    if not has_result and (current == entry or redis.call('EXISTS', h) == 0) then
        -- Of an attempt that was given up, or made before a retry of the request, nobody wants the failure. Without a group
        -- hash the owner is another program.
        local failed = tonumber(redis.call('HGET', h, 'vn:' .. t .. ':failed') or '0')
        if failed < tonumber(attempt) then
            if current then
                redis.call('HSET', h, 'vn:' .. t .. ':failed', attempt, 'vn:' .. t .. ':failure', record)
            end
            update(key, t, attempt, took, 'failed', 'result', text, 'code', code, 'retryable', retryable)
            if user then
                notify_of_task(bounds, user, 'task_failed', id, g, name, t, attempt, {error = cause_of(record),
                    retryable = retryable == 'yes' and 'true' or 'false'})
            end
            outcome = 'recorded'
        end
    end
    -- A later attempt may have stored its payload under the same name: large ones are stored before they are dispatched, and
    -- this may be the second run of a step whose first reply was lost.
    local is_first = remove_entry(DISPATCH, WORKERS, entry)
    local is_last = is_first and (not current or current == entry) or has_result
    if is_last and not kept then redis.call('UNLINK', xml) end
    return outcome
end

local function finish(i, completed)
    look_up()
    if ended then return drop(ARGV[i], ARGV[i + 1], ARGV[i + 5]) end
    if completed then return complete(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 5]) end
    return fail(ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], unpack(ARGV, i + 5, i + 8))
end

local words = {''}
local i = 6
while i <= #ARGV do
    local count
    id, g, name, valuation, executor, plugin, count = unpack(ARGV, i, i + 6)
    i, prefix = i + 7, tasks_of(id, g)
    for _ = 1, count do
        local completed = ARGV[i + 4] == 'completed'
        local ok, word = pcall(finish, i, completed)
        -- What is wrong with the keys of one is nothing to the others; what is wrong with Redis is.
        if not ok then
            local why = error_text(word)
            if not string.find(why, 'WRONGTYPE') and not string.find(why, 'attempt to') then error({err = why}) end
            word = 'refused'
        end
        words[#words + 1] = word
        i = i + (completed and 6 or 9)
    end
end
for stream, entries in pairs(over) do
    redis.call('XACK', stream, WORKERS, unpack(entries))
    redis.call('XDEL', stream, unpack(entries))
end
if #spent > 0 then redis.call('UNLINK', unpack(spent)) end
if own then words[1] = seen end
return words
