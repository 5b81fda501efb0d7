#!lua flags=allow-oom
-- The end of one attempt at one task: result if there is none yet, or failure; update; acknowledgement last.
-- ARGV: entry, id, group, group name, task, valuation name, attempt, status (completed or failed), result, or
--       ARGV[18] the name it is stored under, ttl, now, updates length, duration in ms, node, executor, plugin,
--       failure record as JSON or '', name of a stored result or '', error text, code, retryable (yes or no), bounds
--       (common.lua) if the user is told of tasks
-- Gives counted, recorded, duplicate or dropped.
local entry, id, g, name, t, valuation, attempt, status, result, ttl, now, length, took, node, executor, plugin,
    record, stored, text, code, retryable, bounds = unpack(ARGV)
local xml, key, h = task_key(id, g, t, 'xml'), task_key(id, g, t, 'result'), group_key(id, g)
local s = redis.call('HMGET', state_key(id), 'status', 'username', 'taskDocuments')
local ended = is_final(s[1])
local last, current = 0, false
if not ended then last, current = dispatched(h, t) end
local outcome = 'duplicate'

local function update(...)
    redis.call('XADD', UPDATES, 'MAXLEN', '~', length, '*', 'requestId', id, 'groupIdx', g, 'groupName', name,
        'taskId', t, 'valuationName', valuation, 'resultKey', key, 'status', status, 'attempt', attempt,
        'durationMs', took, 'node', node, 'executor', executor, 'plugin', plugin, ...)
end

if ended then
    outcome = 'dropped'
elseif redis.call('EXISTS', key) == 1 then
    outcome = 'duplicate'
elseif status == 'completed' then
    put(key, result, stored, ttl)
    stored = ''
    update()
    notify_of_task(bounds, s[2], 'task_completed', id, g, name, t, attempt, {duration_ms = took})
    outcome = 'counted'
elseif current == entry or redis.call('EXISTS', h) == 0 then
    -- Of an attempt that was given up, or made before a retry of the request, nobody wants the failure. Without a group
    -- hash the owner is another program.
    local seen = tonumber(redis.call('HGET', h, 'vn:' .. t .. ':failed') or '0')
    if seen < tonumber(attempt) then
        if current then
            redis.call('HSET', h, 'vn:' .. t .. ':failed', attempt, 'vn:' .. t .. ':failure', record)
        end
        update('result', text, 'code', code, 'retryable', retryable)
        notify_of_task(bounds, s[2], 'task_failed', id, g, name, t, attempt, {error = cause_of(record),
            retryable = retryable == 'yes' and 'true' or 'false'})
        outcome = 'recorded'
    end
end
if stored ~= '' then redis.call('UNLINK', stored) end
-- A later attempt may have stored its payload under the same name: large ones are stored before they are dispatched, and
-- this may be the second run of a step whose first reply was lost.
local is_first = remove_entry(DISPATCH, WORKERS, entry)
local is_over = is_first and (not current or current == entry) or redis.call('EXISTS', key) == 1
if is_over and (ended or not keeps_documents(s[3])) then redis.call('UNLINK', xml) end
return outcome
