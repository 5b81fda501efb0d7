-- Stands behind common.lua in front of every script: the events of users (docs/events.md).

-- Whose events can be published: 1 to 128 visible ASCII characters, no ':'.
local function is_user(name)
    return name and #name <= 128 and string.find(name, '^[!-9;-~]+$')
end

-- Text as JSON; what is special in HTML is escaped, as existing publishers do.
local function json_text(text)
    local json = string.gsub(cjson.encode(text), '\\/', '/')
    return (string.gsub(json, '[<>&]', function(c) return string.format('\\u%04x', string.byte(c)) end))
end

-- One event for the user of a request (R38), if there is one: kept in vn:events:<user>, and published. f: further members,
-- names and JSON texts. An entry's id is '<offset>-<number>': the offset is the time in us since 1970, and higher than any
-- before; the number counts from 1 and belongs to the epoch, the time in us when the stream began. What goes wrong here
-- must not keep the state from changing: then there is no event.
local function notify(bounds, user, kind, id, f)
    local kept, seconds = string.match(bounds or '', '(%d+) (%d+)$')
    if not kept or not is_user(user) then return end
    local key, time = 'vn:events:' .. user, redis.call('TIME')
    local us, number = time[1] * 1000000 + time[2], 1
    local epoch = string.format('%.0f', us)
    local last = redis.pcall('XREVRANGE', key, '+', '-', 'COUNT', 1)
    if last[1] then
        local at, count = string.match(last[1][1], '^(%d+)-(%d+)$')
        us, number, epoch = math.max(us, at + 1), count + 1, last[1][2][2]
    end
    local offset = string.format('%.0f', us)
    local entry = string.format('%s-%.0f', offset, number)
    f.epoch, f.offset, f.id, f.timestamp = epoch, offset, '"' .. entry .. '"', time[1]
    f.run_id, f.type = json_text(id), '"' .. kind .. '"'
    local members = {}
    for name, json in pairs(f) do members[#members + 1] = '"' .. name .. '":' .. json end
    table.sort(members)
    local event = '{' .. table.concat(members, ',') .. '}'
    local stored = redis.pcall('XADD', key, 'MAXLEN', '~', kept, entry, 'epoch', epoch, 'event', event)
    if type(stored) == 'table' and stored.err then
        return redis.log(redis.LOG_WARNING, 'an event of a user was not kept: ' .. tostring(stored.err))
    end
    redis.pcall('EXPIRE', key, seconds)
    local told = redis.pcall('PUBLISH', 'workflow:events:' .. user, event)
    if type(told) == 'table' then
        redis.log(redis.LOG_WARNING, 'an event of a user was not published: ' .. tostring(told.err))
    end
end

-- The same about a group, which is a node to those who listen.
local function notify_of_group(bounds, user, kind, id, g, f)
    if not is_user(user) then return end
    local name = redis.call('HGET', group_key(id, g), 'name')
    f.group, f.node_id = g, json_text(name and name ~= '' and name or 'group-' .. g)
    notify(bounds, user, kind, id, f)
end

local function group_completed(bounds, user, id, g)
    if not is_user(user) then return end
    local groups = tonumber(redis.call('HGET', state_key(id), 'groupCount')) or 0
    notify_of_group(bounds, user, 'node_completed', id, g, {status = '"completed"', result_ref = '""',
        counter = string.format('%.0f', math.max(groups - g - 1, 0))})
end

-- The cause of a failure, from its record as JSON.
local function cause_of(record)
    local ok, w = pcall(cjson.decode, record)
    if not ok or type(w) ~= 'table' then return 'null' end
    return '{"error_message":' .. json_text(tostring(w.error or '')) .. ',"error_type":' ..
        json_text(tostring(w.code or '')) .. '}'
end

-- The end of a request that has failed, with that of its group g if that has failed too ('' if not). why: the failure as
-- JSON.
local function notify_of_failure(bounds, user, id, g, why)
    if not is_user(user) then return end
    local cause = cause_of(why)
    if g == '' then return notify(bounds, user, 'workflow_failed', id, {node_id = '""', error = cause}) end
    notify_of_group(bounds, user, 'node_failed', id, g, {error = cause})
    notify_of_group(bounds, user, 'workflow_failed', id, g, {error = cause})
end

-- One step of a task. more: further members.
local function notify_of_task(bounds, user, kind, id, g, name, t, attempt, more)
    if not is_user(user) then return end
    local f = more or {}
    f.group, f.task, f.attempt = g, t, attempt
    f.node_id = json_text(name ~= '' and name or 'group-' .. g)
    notify(bounds, user, kind, id, f)
end
