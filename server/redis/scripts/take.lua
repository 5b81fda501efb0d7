#!lua flags=allow-oom
-- Makes requests the caller's: raises the epoch of the given ingest entries, or of those that nobody renewed for a lease.
-- ARGV: consumer, node, lease in ms (0: the given entries only), most, now, ttl, bounds (common.lua), dead length, deadline
--       of a request that has none, as text and in ms, most bytes of a payload that comes along, then ids of entries
--       this consumer has just read
-- Gives, for each request taken: entry, id, epoch, status (started if it was before a retry), deliveries, xmlKey,
-- responseKey, current group, time of its submission, the key of the document after the initial pass ('' if that is the
-- payload), its deadline or '', and its payload, or '' if that is not there yet or is to be read by itself
local consumer, node, lease, most, now, ttl, bounds, dead, deadline, deadline_ms, small = unpack(ARGV, 1, 11)

local function park(entry, fields, reason)
    local count = deliveries_of(INGEST, ORCHESTRATORS, entry)
    keep_dead('stream:request:dead', dead, fields, reason, count, now, node)
    remove_entry(INGEST, ORCHESTRATORS, entry)
end

-- Milliseconds since 1970 of 2026-01-31T12:00:00.123Z; nil for anything else.
local function ms_of(text)
    local pattern = '^(%d%d%d%d)%-(%d%d)%-(%d%d)T(%d%d):(%d%d):(%d%d)%.?(%d*)Z$'
    local y, m, d, hour, min, s, part = string.match(text or '', pattern)
    if not y then return nil end
    -- Days by the civil calendar, years from March on.
    y, m = tonumber(y), tonumber(m)
    if m <= 2 then y = y - 1 end
    local day = math.floor((153 * ((m + 9) % 12) + 2) / 5) + tonumber(d) - 1
    local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400) + day - 719468
    local seconds = days * 86400 + hour * 3600 + min * 60 + s
    return string.format('%.0f', seconds * 1000 + math.floor(tonumber('0.' .. part .. '0') * 1000))
end

-- The deadline of a request, as text ('': its submission tells) and in ms; its time counts from its submission.
local function deadline_of(f)
    local own = ms_of(f.deadline)
    if own then return f.deadline, own end
    local at = ms_of(now) or 0
    local waited = at - (ms_of(f.submittedAt or f.createdAt) or at)
    if waited <= 0 then return deadline, deadline_ms end
    return '', string.format('%.0f', deadline_ms - waited)
end

-- The state of a request that somebody else put into the stream.
local function received(entry, f)
    local state = state_key(f.requestId)
    local until_text, until_ms = deadline_of(f)
    local user = f['x-user-id'] or ''
    if user == '' and f.metadataKey and f.metadataKey ~= '' then
        local kind = redis.call('TYPE', f.metadataKey)
        if (kind.ok or kind) == 'hash' then user = redis.call('HGET', f.metadataKey, 'x-user-id') or '' end
    end
    if user == '' and f.metadata then
        local ok, m = pcall(cjson.decode, f.metadata)
        if ok and type(m) == 'table' and type(m['x-user-id']) == 'string' then user = m['x-user-id'] end
    end
    redis.call('HSET', state, 'status', 'received', 'xmlKey', f.xmlKey,
        'responseKey', f.responseKey or ('cache:request:' .. f.requestId .. ':response'),
        'metadataKey', f.metadataKey or '', 'groupCount', f.groupCount or '', 'currentGroup', '-1', 'retryCount', '0',
        'submittedAt', f.submittedAt or f.createdAt or now, 'receivedAt', now, 'username', user,
        'epoch', '0', 'entry', entry, 'deadline', until_text)
    list_as(f.requestId, 'received', ttl)
    set_deadline(f.requestId, until_ms, ttl)
    redis.call('EXPIRE', state, 2 * tonumber(ttl))
    -- Producers of their own may set no TTL, or a short one.
    if redis.call('TTL', f.xmlKey) == -1 then redis.call('EXPIRE', f.xmlKey, ttl) end
    tell(bounds, f.requestId, 'received', now, {'groupCount', f.groupCount or ''})
    notify(bounds, user, 'workflow_received', f.requestId, {})
end

-- From a state like this nobody can go on: hydrated again, the group might have other tasks than those that have results.
local function check(status, group)
    if status ~= 'received' and status ~= 'started' and status ~= 'running' then error('a status that is none') end
    if group_index(group) < 0 and (status == 'running' or (group and group ~= '-1')) then
        error('a current group that is none')
    end
end

-- Of all that is taken at once, together.
local payload_room = 1048576
local function payload_of(key)
    local size = redis.pcall('STRLEN', key)
    if type(size) ~= 'number' or size > math.min(tonumber(small), payload_room) then return '' end
    payload_room = payload_room - size
    return redis.call('GET', key) or ''
end

local asked = {'status', 'entry', 'epoch', 'currentGroup', 'xmlKey', 'responseKey', 'submittedAt', 'documentKey', 'deadline',
    'startedAt'}
local function said(state)
    local values, s = redis.call('HMGET', state, unpack(asked)), {}
    for i, name in ipairs(asked) do s[name] = values[i] end
    return s
end

local taken = {}
local function take(entry, fields, deliveries)
    local f = {}
    for i = 1, #fields, 2 do f[fields[i]] = fields[i + 1] end
    if not is_request_id(f.requestId) then
        return park(entry, fields, 'no-request-id')
    end
    if not f.xmlKey or not string.match(f.xmlKey, '^cache:request:') then return park(entry, fields, 'no-xml-key') end
    if f.responseKey and not string.match(f.responseKey, '^cache:request:') then
        return park(entry, fields, 'bad-response-key')
    end

    local state = state_key(f.requestId)
    local s = said(state)
    if not s.status and s.epoch then error('a state without status') end
    if s.status and not is_final(s.status) then check(s.status, s.currentGroup) end
    if not s.status then
        received(entry, f)
        s = said(state)
    elseif is_final(s.status) then
        return remove_entry(INGEST, ORCHESTRATORS, entry)
    elseif s.entry ~= entry then
        -- Another entry stands for the request, unless that one was lost.
        if s.entry and find_entry(INGEST, s.entry) then
            return park(entry, fields, 'duplicate-request')
        end
    end
    local epoch = next_epoch(s.epoch)
    redis.call('HSET', state, 'epoch', epoch, 'node', node, 'entry', entry)
    -- Received again, by a retry: its document was prepared before, and stays as it is (R6).
    local status = s.status == 'received' and s.startedAt and 'started' or s.status
    local xml = s.xmlKey or f.xmlKey
    taken[#taken + 1] = {entry, f.requestId, epoch, status, tostring(deliveries), xml, s.responseKey or '',
        s.currentGroup or '-1', s.submittedAt or '', s.documentKey or '', s.deadline or '', payload_of(xml)}
end

-- The end of a request whose state nobody can go on from; of one that has no state any more there is nothing to end.
local function end_damaged(id)
    local state = state_key(id)
    local kind = redis.call('TYPE', state)
    if (kind.ok or kind) ~= 'hash' then return redis.call('ZREM', DEADLINES, id) end
    local s = redis.call('HMGET', state, 'status', 'epoch', 'currentGroup', 'username')
    if is_final(s[1]) then return end
    local group = group_index(s[3])
    local document = '{"requestId":"' .. id .. '","stage":"document","code":"unusable",' ..
        '"error":"what Redis keeps of the request was changed by somebody else","failed":0,"failures":[]}'
    redis.call('SET', 'cache:request:' .. id .. ':failure', document, 'EX', ttl)
    redis.call('HSET', state, 'status', 'failed', 'epoch', next_epoch(s[2]), 'completedAt', now, 'failureAt', now)
    if group >= 0 then at_any_rate(withdraw_tasks, id, s[3]) end
    at_any_rate(bound_failed, id, ttl, group + 1)
    list_as(id, 'failed', ttl)
    redis.call('ZREM', DEADLINES, id)
    tell(bounds, id, 'failed', now, {'detail', document})
    notify_of_failure(bounds, s[4], id, '', document)
end

-- An entry whose keys hold something else than they should must not keep the others from being taken.
local function take_or_park(entry, fields, deliveries)
    local ok, why = pcall(take, entry, fields, deliveries)
    if ok then return end
    if lacks_right(why) then error({err = error_text(why)}) end
    local id = by_name(fields).requestId
    if is_request_id(id) then at_any_rate(end_damaged, id) end
    park(entry, fields, 'unusable')
end

if tonumber(lease) > 0 and tonumber(most) > 0 then
    local silent = is_calm(node) and lease or HANDED_BACK
    for _, lane in ipairs(LANES) do
        local stream = lane_stream(INGEST, lane)
        -- A lane that nobody has used or read yet has no group.
        local room = math.max(tonumber(most) - #taken, 0)
        local idle = room == 0 and {} or redis.pcall('XPENDING', stream, ORCHESTRATORS, 'IDLE', silent, '-', '+', room)
        if idle.err and lane == '' then return idle end
        for _, p in ipairs(idle.err and {} or idle) do
            local claimed = redis.call('XCLAIM', stream, ORCHESTRATORS, consumer, silent, p[1])
            if claimed[1] and claimed[1][2] then take_or_park(lane .. claimed[1][1], claimed[1][2], p[4] + 1) end
        end
    end
end
for i = 12, #ARGV do
    local found = find_entry(INGEST, ARGV[i])
    if found then take_or_park(ARGV[i], found[2], 1) else remove_entry(INGEST, ORCHESTRATORS, ARGV[i]) end
end
return taken
