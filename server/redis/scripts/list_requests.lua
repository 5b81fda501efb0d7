#!lua flags=allow-oom
-- Requests, the newest first; those that have expired leave the list, those that changed without it are put right.
-- ARGV: status or '' (all), cursor or '', limit, most members looked at, ttl
-- Gives: the cursor of what follows or '', then of each: id, status, receivedAt, startedAt, completedAt, groupCount,
-- currentGroup, username, priority
local status, cursor, limit, most, ttl = unpack(ARGV)
local key = status == '' and LIST or list_of(status)
local found, looked, last = {}, 0, cursor
limit, most = tonumber(limit), tonumber(most)

while #found < limit and looked < most do
    local page = redis.call('ZRANGE', key, last == '' and '+' or '(' .. last, '-', 'BYLEX', 'REV', 'LIMIT', 0, 100)
    if #page == 0 then
        last = ''
        break
    end
    for _, member in ipairs(page) do
        last, looked = member, looked + 1
        local id = string.sub(member, 15)
        local s = redis.call('HMGET', state_key(id), 'status', 'receivedAt', 'startedAt', 'completedAt', 'groupCount',
            'currentGroup', 'username', 'priority', 'listed')
        if not s[1] or s[9] ~= string.sub(member, 1, 13) then
            unlist(member, status ~= '' and status)
        elseif status ~= '' and list_of(s[1]) ~= key then
            redis.call('ZREM', key, member)
            list_as(id, s[1], ttl)
        elseif status == '' or s[1] == status then
            local one = {id}
            for i = 1, 8 do one[i + 1] = s[i] or '' end
            found[#found + 1] = one
        end
        if #found == limit or looked == most then break end
    end
end
return {last, unpack(found)}
