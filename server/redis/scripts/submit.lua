-- Takes a request in: payload, metadata, state, ingest entry, event and idempotency key, or nothing of it.
-- ARGV: id, payload, now, ttl, idempotency key or '', fingerprint, ttl of that key while
--       the request goes on, and after its end, backlog limit, bounds (common.lua), group count, user, deadline as text
--       and in ms, priority (high, normal, low), then the metadata as field, value, ...
-- Gives: accepted|replay|mismatch|backlog|no-payload, id
local id, payload, now, ttl, idem, print, idem_ttl, after_end, backlog, bounds, groups, user, deadline,
    deadline_ms, priority = unpack(ARGV, 1, 15)
local xml = 'cache:request:' .. id .. ':xml'
local state = state_key(id)

if idem ~= '' then
    local seen = redis.call('GET', 'request:idempotency:' .. idem)
    if seen then
        local first, its_print = string.match(seen, '^(%S+) (%S+)$')
        if first == id then return {'accepted', id} end
        drop_part(payload)
        return {its_print == print and 'replay' or 'mismatch', first}
    end
end
if redis.call('EXISTS', state) == 1 then return {'accepted', id} end
if backlog_length() >= tonumber(backlog) then
    drop_part(payload)
    return {'backlog', id}
end

if is_part(payload) and not is_whole(payload) then return {'no-payload', id} end
put(xml, payload, ttl)
local metadata = ''
if #ARGV > 15 then
    metadata = 'cache:request:' .. id .. ':metadata'
    redis.call('HSET', metadata, unpack(ARGV, 16))
    redis.call('EXPIRE', metadata, ttl)
end
local response = 'cache:request:' .. id .. ':response'
local lane = priority == 'normal' and '' or priority .. '/'
local entry = lane .. redis.call('XADD', lane_stream(INGEST, lane), '*', 'requestId', id, 'xmlKey', xml, 'responseKey', response,
    'submittedAt', now, 'groupCount', groups, 'metadataKey', metadata, 'deadline', deadline)
redis.call('HSET', state, 'status', 'received', 'xmlKey', xml, 'responseKey', response, 'metadataKey', metadata,
    'groupCount', groups, 'currentGroup', '-1', 'retryCount', '0', 'submittedAt', now, 'receivedAt', now,
    'username', user, 'epoch', '0', 'entry', entry, 'deadline', deadline,
    'priority', priority, 'listed', move_in_list(id, 'received', ttl), 'listedAs', 'received')
set_deadline(id, deadline_ms, ttl)
redis.call('EXPIRE', state, 2 * tonumber(ttl))
tell(bounds, id, 'received', now, {'groupCount', groups})
notify(bounds, user, 'workflow_received', id, {})
if idem ~= '' then
    redis.call('HSET', state, 'idempotencyKey', idem, 'idempotencyTtl', after_end)
    redis.call('SET', 'request:idempotency:' .. idem, id .. ' ' .. print, 'EX', idem_ttl)
end
return {'accepted', id}
