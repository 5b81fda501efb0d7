-- What scripts share: each gets of it what it names (scripts.cpp), so a definition begins its line, and stands after what it
-- uses. Names of keys that belong to a request are made here and in keys.hpp only.
local INGEST, DISPATCH = 'stream:request:ingest', 'stream:task:dispatch'
local UPDATES, LIFECYCLE = 'stream:task:updates', 'stream:request:lifecycle'
local ORCHESTRATORS, WORKERS = 'orchestrator-main', 'task-workers'

-- Requests of high and of low priority have streams of their own beside INGEST and DISPATCH. Wherever the id of an entry is
-- kept or passed on, 'high/' or 'low/' before it says which of them it is in; an id alone is in the normal one.
local LANES = {'high/', '', 'low/'}

local function lane_stream(stream, lane)
    if lane == '' then return stream end
    return (stream == INGEST and 'vn:ingest:' or 'vn:dispatch:') .. string.sub(lane, 1, -2)
end

-- The stream and the id of such an entry.
local function at(stream, entry)
    if not string.find(entry, '/', 1, true) then return stream, entry end
    local lane, id = string.match(entry, '^(%l+/)(.+)$')
    return lane_stream(stream, lane or ''), id or entry
end

local function find_entry(stream, entry)
    local where, id = at(stream, entry)
    return redis.call('XRANGE', where, id, id)[1]
end

-- Requests that wait or run.
local function backlog_length()
    local n = 0
    for _, lane in ipairs(LANES) do n = n + redis.call('XLEN', lane_stream(INGEST, lane)) end
    return n
end

local function state_key(id) return 'state:request:' .. id end
local function group_key(id, g) return 'state:request:' .. id .. ':group:' .. g end
local function tasks_of(id, g) return 'cache:task:' .. id .. ':' .. g .. ':' end
local function task_key(id, g, t, what) return tasks_of(id, g) .. t .. ':' .. what end

-- A UUID, as text.
local function is_request_id(text)
    return text and #text == 36 and string.match(text, '^%x+%-%x+%-%x+%-%x+%-%x+$')
end

local function is_final(status)
    return status == 'succeeded' or status == 'failed' or status == 'cancelled'
end

-- What the state says, if the request is still the caller's, so its epoch stands and it has not ended; else nothing. Gives
-- epoch, status, username, then the fields that are asked for beside these.
local function owned(id, epoch, ...)
    local s = redis.call('HMGET', state_key(id), 'epoch', 'status', 'username', ...)
    return s[1] == epoch and s[2] and not is_final(s[2]) and s or nil
end

-- The index of the group that a state names; -1 if it names none, or more than there can be.
local function group_index(text)
    local g = string.match(text or '', '^%d+$') and #text <= 6 and tonumber(text)
    return g or -1
end

-- It stands still while a script runs.
local time_of_run
local function time_now()
    time_of_run = time_of_run or redis.call('TIME')
    return time_of_run
end

local function now_ms()
    local time = time_now()
    return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Never an epoch that was given before, also where a failover or somebody's hand has forgotten the last one: at least
-- the time.
local function next_epoch(last)
    return string.format('%.0f', math.max((tonumber(last or '0') or 0) + 1, now_ms()))
end

-- One lifecycle event; rest is a list of more fields and values. bounds: '<entries of the lifecycle stream> <entries kept
-- of each user> <seconds they are kept after the last>'.
local function tell(bounds, id, status, now, rest)
    redis.call('XADD', LIFECYCLE, 'MAXLEN', '~', string.match(bounds, '^%d+'), '*', 'requestId', id, 'status', status,
        'timestamp', now, unpack(rest or {}))
end

-- What pcall() caught, as text: a table with err in some versions of Redis.
local function error_text(why)
    return tostring(type(why) == 'table' and why.err or why)
end

-- What pcall() caught says that the user of Redis lacks a right, in the words of Redis 7 or of Redis 8: no fault of the
-- keys that were looked at.
local function lacks_right(why)
    why = error_text(why)
    return string.find(why, '^ERR The user executing') or string.find(why, '^ERR ACL failure')
end

-- Does what must not keep a request from its end: keys of it may hold something else than they should.
local function at_any_rate(step, ...)
    local ok, why = pcall(step, ...)
    if not ok and lacks_right(why) then error({err = error_text(why)}) end
end

-- Whether there was anything to remove.
local function remove_entry(stream, group, entry)
    local where, id = at(stream, entry)
    return redis.call('XACK', where, group, id) + redis.call('XDEL', where, id) > 0
end

-- What is known of a pending entry: id, consumer, ms idle, deliveries; nothing if it is not pending.
local function pending_entry(stream, group, entry)
    local where, id = at(stream, entry)
    local p = redis.pcall('XPENDING', where, group, id, id, 1)
    return p[1]
end

local function claim_entry(stream, group, consumer, entry, ...)
    local where, id = at(stream, entry)
    return redis.call('XCLAIM', where, group, consumer, 0, id, ...)
end

-- Deliveries of a pending entry.
local function deliveries_of(stream, group, entry)
    local pending = pending_entry(stream, group, entry)
    return pending and pending[4] or 1
end

-- An entry that was handed back looks idle for at least this long (consumer_group.cpp).
local HANDED_BACK = 3600000

-- Redis has had signs of life of this node, without a gap, for a whole lease (heard_of.lua). Just after Redis was away
-- nobody has renewed anything: then silence says nothing about who is dead.
local function is_calm(node)
    local key = 'vn:calm:' .. node
    local since, lease = string.match(redis.call('GET', key) or '', '^(%d+) (%d+)$')
    return since and now_ms() - since >= tonumber(lease) and redis.call('PTTL', key) > 2.4 * lease
end

-- Keeps a copy of an entry that could not be used, with the reason; of an entry with very many fields only the first,
-- because a command in a script takes no more than some thousands of arguments.
local function keep_dead(stream, length, fields, reason, deliveries, now, node)
    local copy = {'XADD', stream, 'MAXLEN', '~', length, '*'}
    for i = 1, math.min(#fields, 1000) do copy[#copy + 1] = fields[i] end
    for _, v in ipairs({'reason', reason, 'deliveries', deliveries, 'at', now, 'node', node}) do copy[#copy + 1] = v end
    redis.call(unpack(copy))
end

-- What the group hash keeps of a task: "<attempt> <id of its dispatch entry>".
local function attempt_and_entry(e)
    if not e then return 0, false end
    local attempt, entry = string.match(e, '^(%d+) (.+)$')
    return tonumber(attempt), entry
end
local function dispatched(group, t)
    return attempt_and_entry(redis.call('HGET', group, 'vn:' .. t .. ':entry'))
end

-- The lane of a request that is put into the ingest stream again.
local function request_lane(id)
    local priority = redis.call('HGET', state_key(id), 'priority')
    return (priority == 'high' or priority == 'low') and priority .. '/' or ''
end

-- The lane for the tasks of a request: the normal one where no worker of ours reads the others.
local WORKERS_READ_LANES = 'vn:lanes'
local function task_lane(priority)
    if (priority == 'high' or priority == 'low') and redis.call('EXISTS', WORKERS_READ_LANES) == 1 then
        return priority .. '/'
    end
    return ''
end

-- The last entry of a stream that its group has given to somebody.
local function last_delivered(stream, group)
    for _, info in ipairs(redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}) do
        local g = {}
        for i = 1, #info, 2 do g[info[i]] = info[i + 1] end
        if g.name == group then return g['last-delivered-id'] end
    end
    return '0-0'
end

-- Whether entry a comes after b.
local function beyond(a, b)
    local a1, a2 = string.match(a, '^(%d+)%-(%d+)$')
    local b1, b2 = string.match(b, '^(%d+)%-(%d+)$')
    if #a1 ~= #b1 then return #a1 > #b1 end
    if a1 ~= b1 then return a1 > b1 end
    return tonumber(a2) > tonumber(b2)
end

-- Where an entry of DISPATCH is: waiting (given to nobody yet), stranded (the same, in a lane that nobody reads), gone, or
-- pending, with what is known of that. cache: a table of the caller's, for one script.
local function whereabouts(entry, cache)
    local stream, id = at(DISPATCH, entry)
    if #redis.call('XRANGE', stream, id, id) == 0 then return 'gone' end
    cache[stream] = cache[stream] or last_delivered(stream, WORKERS)
    if beyond(id, cache[stream]) then
        local read = stream == DISPATCH or redis.call('EXISTS', WORKERS_READ_LANES) == 1
        return read and 'waiting' or 'stranded'
    end
    local p = pending_entry(DISPATCH, WORKERS, entry)
    return p and 'pending' or 'gone', p
end

-- Groups up to this many fields are gone through within one script, larger ones page by page: everybody else waits
-- for Redis as long as a script runs.
local FIELDS_AT_ONCE = 5000

-- Whether the documents of tasks that have ended are kept, by what the state says: '' (no), request or ttl.
local function keeps_documents(text)
    return text == 'request' or text == 'ttl'
end

-- A task has a result, or its last attempt has failed.
local function has_ended(id, g, t)
    if redis.call('EXISTS', task_key(id, g, t, 'result')) == 1 then return true end
    local failed = tonumber(redis.call('HGET', group_key(id, g), 'vn:' .. t .. ':failed') or '0') or 0
    return failed >= dispatched(group_key(id, g), t)
end

-- Takes attempts of a group's tasks, waiting or running, out of the stream, with their documents: those that HSCAN finds
-- at this cursor. Gives the next one.
local function withdraw_page(id, g, cursor)
    local ok, kept = pcall(redis.call, 'HGET', state_key(id), 'taskDocuments')
    kept = ok and kept == 'ttl'
    local page = redis.call('HSCAN', group_key(id, g), cursor, 'MATCH', 'vn:*:entry', 'COUNT', 1000)
    local documents, entries = {}, {}
    for i = 1, #page[2], 2 do
        local t = string.match(page[2][i], '^vn:(.+):entry$')
        -- That of a task which has not ended goes in any case: its worker must not find it.
        if not kept or not has_ended(id, g, t) then documents[#documents + 1] = task_key(id, g, t, 'xml') end
        local stream, entry = at(DISPATCH, string.match(page[2][i + 1], '^%d+ (.+)$') or '0-0')
        entries[stream] = entries[stream] or {}
        table.insert(entries[stream], entry)
    end
    for stream, list in pairs(entries) do
        redis.call('XACK', stream, WORKERS, unpack(list))
        redis.call('XDEL', stream, unpack(list))
    end
    if #documents > 0 then redis.call('UNLINK', unpack(documents)) end
    return page[1]
end

-- Large groups whose attempts are still to be withdrawn: '<id> <group>' and the cursor that withdraw.lua goes on at.
local WITHDRAWALS, WITHDRAWALS_TTL = 'vn:withdrawals', 86400

-- The request has ended; who runs one of its tasks learns it from the lifecycle stream.
local function withdraw_tasks(id, g)
    if redis.call('HLEN', group_key(id, g)) > FIELDS_AT_ONCE then
        redis.call('HSET', WITHDRAWALS, id .. ' ' .. g, '0')
        redis.call('EXPIRE', WITHDRAWALS, WITHDRAWALS_TTL)
        return
    end
    local cursor = '0'
    repeat cursor = withdraw_page(id, g, cursor) until cursor == '0'
end

-- Forgets what a failed group knows of the attempts that were made: a retry begins anew, but for tasks with results.
local function clean_page(id, g, cursor)
    local h = group_key(id, g)
    local page = redis.call('HSCAN', h, cursor, 'MATCH', 'vn:*:*', 'COUNT', 1000)
    local stale, gone = {}, {}
    for i = 1, #page[2], 2 do
        local t, what = string.match(page[2][i], '^vn:(%d+):(.+)$')
        if t and (what ~= 'entry' or redis.call('EXISTS', task_key(id, g, t, 'result')) == 0) then
            stale[#stale + 1] = page[2][i]
            if what == 'entry' then gone[#gone + 1] = string.match(page[2][i + 1], '^%d+ (.+)$') end
        end
    end
    for _, entry in ipairs(gone) do remove_entry(DISPATCH, WORKERS, entry) end
    if #stale > 0 then redis.call('HDEL', h, unpack(stale)) end
    return page[1]
end

-- An Idempotency-Key outlives its request by what its submitter has set.
local function keep_idempotency(key, id, ttl)
    if not key then return end
    key = 'request:idempotency:' .. key
    -- It may have expired, and be another request's by now.
    if string.match(redis.call('GET', key) or '', '^%S+') == id then redis.call('EXPIRE', key, ttl) end
end

-- The keys of a request that has ended live for their last TTL from here on. groups: number of groups started. xml,
-- metadata, idempotency_key, its_ttl: what the state says.
local function bound_ended(id, ttl, groups, xml, metadata, idempotency_key, its_ttl)
    local long = 2 * tonumber(ttl)
    for g = 0, groups - 1 do redis.call('EXPIRE', group_key(id, g), long) end
    redis.call('EXPIRE', state_key(id), long)
    keep_idempotency(idempotency_key, id, its_ttl)
    if xml then redis.call('EXPIRE', xml, ttl) end
    if metadata and metadata ~= '' then redis.call('EXPIRE', metadata, ttl) end
end

-- The same of one that has failed, with what a retry goes on from.
local function bound_failed(id, ttl, groups)
    bound_ended(id, ttl, groups, unpack(redis.call('HMGET', state_key(id), 'xmlKey', 'metadataKey', 'idempotencyKey',
        'idempotencyTtl')))
    for g = 0, groups - 1 do redis.call('EXPIRE', 'cache:request:' .. id .. ':group:' .. g, ttl) end
    redis.call('EXPIRE', 'cache:request:' .. id .. ':document', ttl)
end

-- What was prepared for a request that needs it no more.
local function unlink_prepared(id, groups)
    local keys = {'cache:request:' .. id .. ':document', 'cache:request:' .. id .. ':failure'}
    for g = 0, groups - 1 do
        keys[#keys + 1] = 'cache:request:' .. id .. ':group:' .. g
        if #keys == 1000 then
            redis.call('UNLINK', unpack(keys))
            keys = {}
        end
    end
    if #keys > 0 then redis.call('UNLINK', unpack(keys)) end
end

-- The list of requests: a sorted set of all, and one for each status. All scores are 0; a member is the time of receipt
-- in ms since 1970 (13 digits), '-' and the id, so that order and cursors are those of the text.
local LIST, LISTED = 'vn:list', 100000

-- What has started soon runs: both are in one set, and a request does not move there.
local function list_of(status) return LIST .. ':' .. (status == 'started' and 'running' or status) end

local function add_to_list(key, member, ttl)
    redis.call('ZADD', key, 0, member)
    redis.call('ZREMRANGEBYRANK', key, 0, -LISTED - 1)
    redis.call('EXPIRE', key, 2 * tonumber(ttl))
end

local function unlist(member, status)
    redis.call('ZREM', LIST, member)
    if status then redis.call('ZREM', list_of(status), member) end
end

-- In each script that changes a status. listed, before: what the state says as listed and listedAs; it is to say then what
-- this gives, and the new status.
local function move_in_list(id, status, ttl, listed, before)
    local is_new = not listed
    listed = listed or string.format('%013.0f', now_ms())
    local member, key = listed .. '-' .. id, list_of(status)
    if is_new then add_to_list(LIST, member, ttl) end
    if not before or list_of(before) ~= key then
        if before then redis.call('ZREM', list_of(before), member) end
        add_to_list(key, member, ttl)
    end
    return listed
end

-- The same of a state that is read and written for nothing else.
local function list_as(id, status, ttl)
    local s = redis.call('HMGET', state_key(id), 'listed', 'listedAs')
    redis.call('HSET', state_key(id), 'listed', move_in_list(id, status, ttl, s[1], s[2]), 'listedAs', status)
end

-- Requests that have not ended, by their deadline in ms since 1970.
local DEADLINES = 'vn:deadlines'

local function set_deadline(id, ms, ttl)
    redis.call('ZADD', DEADLINES, ms, id)
    -- It outlives the last of them; whoever looks after them finds their states gone, if nobody ended them.
    local wanted = math.max(math.ceil(tonumber(ms) / 1000) - time_now()[1], 0) + 2 * tonumber(ttl)
    if redis.call('TTL', DEADLINES) < wanted then redis.call('EXPIRE', DEADLINES, wanted) end
end

-- A large text is stored before, and its script is given the name of that part: no document and no record begins like one.
local function is_part(text) return string.sub(text, 1, 8) == 'vn:part:' end

local function drop_part(text)
    if is_part(text) then redis.call('UNLINK', text) end
end

-- Its name ends with its length: Redis may have lost the end of it with its last second.
local function is_whole(part) return redis.call('STRLEN', part) == tonumber(string.match(part, '%d+$')) end

-- A text, or the part that holds it, for key.
local function put(key, text, ttl)
    if is_part(text) then
        if not is_whole(text) then drop_part(text) end
        redis.call('RENAME', text, key)
        redis.call('EXPIRE', key, ttl)
    else
        redis.call('SET', key, text, 'EX', ttl)
    end
end

-- What a person has done, in the script that does it. by: token, user, name of the call, now, node, length of the
-- stream. The token is another one for each call: a script that runs twice finds what it did (R2).
local AUDIT = 'vn:audit'
local function audit(by, action, id, stream, entry)
    redis.call('XADD', AUDIT, 'MAXLEN', '~', by[6], '*', 'action', action, 'requestId', id, 'stream', stream,
        'entry', entry, 'user', by[2], 'call', by[3], 'at', by[4], 'node', by[5], 'token', by[1])
end
local function was_done(by)
    for _, e in ipairs(redis.call('XREVRANGE', AUDIT, '+', '-', 'COUNT', 50)) do
        for i = 1, #e[2], 2 do
            if e[2][i] == 'token' and e[2][i + 1] == by[1] then return true end
        end
    end
    return false
end

-- The fields that an entry had before keep_dead() added its four; nothing if it was not that.
local function before_death(fields)
    local n = #fields - 8
    if n < 2 or fields[n + 1] ~= 'reason' then return nil end
    return {unpack(fields, 1, math.min(n, 1000))}
end

-- Fields of an entry by their names; the first of a name counts.
local function by_name(fields)
    local f = {}
    for i = #fields - 1, 1, -2 do f[fields[i]] = fields[i + 1] end
    return f
end
