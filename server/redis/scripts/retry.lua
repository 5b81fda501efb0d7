#!lua
-- A failed request goes on at its first task without a result: what was stored stays, attempts count anew.
-- ARGV: id, ttl, ttl of its Idempotency-Key while it goes on, bounds (common.lua), backlog limit, its new deadline as text
--       and in ms, entry of stream:request:dead that stood for it or '', then who asks: token, user, call, now, node,
--       audit length
-- Gives: accepted|not-failed|expired|backlog|gone|unknown, status; or unclean: clean_group.lua has to run before
local id, ttl, key_ttl, bounds, backlog, deadline, deadline_ms, dead = unpack(ARGV, 1, 8)
local by = {unpack(ARGV, 9)}
local now, state = by[4], state_key(id)
local s = redis.call('HMGET', state, 'status', 'currentGroup', 'epoch', 'xmlKey', 'responseKey', 'metadataKey',
    'documentKey', 'groupCount', 'submittedAt', 'retryCount', 'username', 'idempotencyKey')
if not s[1] then return {'unknown', ''} end
if was_done(by) then return {'accepted', s[1]} end
if s[1] ~= 'failed' then return {'not-failed', s[1]} end
if dead ~= '' and #redis.call('XRANGE', 'stream:request:dead', dead, dead) == 0 then return {'gone', s[1]} end

-- What it needs, each for another TTL.
local needed = {s[4]}
if s[7] and s[7] ~= '' then needed[#needed + 1] = s[7] end
local last = group_index(s[2])
local h = last >= 0 and group_key(id, last)
local has_failed = h and redis.call('HGET', h, 'status') == 'failed'
if has_failed and redis.call('HLEN', h) > FIELDS_AT_ONCE and redis.call('HGET', h, 'vn:cleaned') ~= (s[3] or '') then
    return {'unclean', s[1]}
end
for g = 0, last do needed[#needed + 1] = 'cache:request:' .. id .. ':group:' .. g end
for _, key in ipairs(needed) do
    if redis.call('EXISTS', key) == 0 then return {'expired', s[1]} end
end
if backlog_length() >= tonumber(backlog) then return {'backlog', s[1]} end
for _, key in ipairs(needed) do redis.call('EXPIRE', key, ttl) end
if s[6] and s[6] ~= '' then redis.call('EXPIRE', s[6], ttl) end

local long = 2 * tonumber(ttl)
for g = 0, last do redis.call('EXPIRE', group_key(id, g), long) end
if has_failed then
    if redis.call('HLEN', h) <= FIELDS_AT_ONCE then
        local cursor = '0'
        repeat cursor = clean_page(id, last, cursor) until cursor == '0'
    end
    redis.call('HSET', h, 'status', 'running', 'failed', '0')
    redis.call('HDEL', h, 'completedAt', 'vn:cleaned')
    redis.call('HDEL', WITHDRAWALS, id .. ' ' .. last)
end

local response = s[5] or ('cache:request:' .. id .. ':response')
local lane = request_lane(id)
local entry = lane .. redis.call('XADD', lane_stream(INGEST, lane), '*', 'requestId', id, 'xmlKey', s[4], 'responseKey', response,
    'submittedAt', s[9] or now, 'groupCount', s[8] or '', 'metadataKey', s[6] or '', 'deadline', deadline)
redis.call('HSET', state, 'status', 'received', 'epoch', next_epoch(s[3]), 'entry', entry, 'retriedAt', now,
    'deadline', deadline, 'retryCount', string.format('%.0f', (tonumber(s[10] or '0') or 0) + 1))
redis.call('HDEL', state, 'completedAt', 'failureAt')
list_as(id, 'received', ttl)
redis.call('EXPIRE', state, long)
redis.call('UNLINK', 'cache:request:' .. id .. ':failure')
keep_idempotency(s[12], id, key_ttl)
set_deadline(id, deadline_ms, ttl)
tell(bounds, id, 'received', now, {'groupCount', s[8] or ''})
notify(bounds, s[11], 'workflow_received', id, {})
if dead ~= '' then redis.call('XDEL', 'stream:request:dead', dead) end
audit(by, dead == '' and 'retry' or 'requeue', id, dead == '' and '' or 'request', dead)
return {'accepted', 'received'}
