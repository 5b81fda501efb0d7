#!lua flags=allow-oom
-- Puts requests into the ingest stream again whose entry has vanished from it, or was acknowledged by somebody else: they
-- have not ended, and nobody would ever run them. Their owner, if there is one, loses them to whoever takes the new one.
-- ARGV: cursor, about how many are looked at. Gives the cursor of what follows, then the ids of those put back.
local page = redis.call('ZSCAN', DEADLINES, ARGV[1], 'COUNT', ARGV[2])
local answer, delivered = {page[1]}, {}

local function is_kept(entry)
    if not find_entry(INGEST, entry) then return false end
    local stream, id = at(INGEST, entry)
    delivered[stream] = delivered[stream] or last_delivered(stream, ORCHESTRATORS)
    return beyond(id, delivered[stream]) or pending_entry(INGEST, ORCHESTRATORS, entry) ~= nil
end

local function look_at(id)
    local s = redis.call('HMGET', state_key(id), 'status', 'entry', 'xmlKey', 'responseKey', 'metadataKey',
        'submittedAt', 'groupCount', 'deadline')
    if not s[1] or not s[2] or not s[3] or is_final(s[1]) or is_kept(s[2]) then return end
    remove_entry(INGEST, ORCHESTRATORS, s[2])
    local lane = request_lane(id)
    local entry = lane .. redis.call('XADD', lane_stream(INGEST, lane), '*', 'requestId', id, 'xmlKey', s[3],
        'responseKey', s[4] or ('cache:request:' .. id .. ':response'), 'submittedAt', s[6] or '',
        'groupCount', s[7] or '', 'metadataKey', s[5] or '', 'deadline', s[8] or '')
    redis.call('HSET', state_key(id), 'entry', entry)
    answer[#answer + 1] = id
end

-- One whose keys hold something else than they should must not keep the others from being put back.
for i = 1, #page[2], 2 do pcall(look_at, page[2][i]) end
return answer
