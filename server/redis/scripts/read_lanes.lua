#!lua flags=allow-oom
-- Entries that were given to nobody yet, of all three lanes: from each at most its share, then what is left of the shares
-- goes to whoever has more, high first. Puts up groups that vanished, from the first entry on (R17).
-- ARGV: stream of the normal lane, group, consumer, then the shares of high, normal and low
-- Gives: the entries, id and fields each; if that is all there was, the last id of each of the three streams ('0-0' where
--        there is nothing), else nothing; how many entries there are in the lanes beside the normal one, -1 if that is
--        not known
local base, group, consumer = unpack(ARGV, 1, 3)
local read, share, problem = {}, {}, nil
local free = 0
for i = 1, 3 do
    share[i] = tonumber(ARGV[3 + i])
    free = free + share[i]
end

-- The last id of each lane, as soon as nothing is left to read in it.
local last = {}

local function read_from(i, n)
    if n <= 0 or last[i] then return end -- to Redis a count of 0 would mean all
    local lane = LANES[i]
    local stream = lane_stream(base, lane)
    -- In the normal lane a group that vanished is put up also when nothing waits: others read it.
    if lane ~= '' and redis.call('EXISTS', stream) == 1 then
        local length = redis.pcall('XLEN', stream)
        if length == 0 then last[i] = '0-0' end
        if type(length) == 'table' then problem = problem or length end
        if type(length) == 'table' or length == 0 then return end
    end
    local got = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', n, 'STREAMS', stream, '>')
    if got and got.err and string.find(got.err, '^NOGROUP') then
        redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
        got = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', n, 'STREAMS', stream, '>')
    end
    if got and got.err then
        problem = problem or got
        return
    end
    local entries = got and got[1][2] or {}
    for _, e in ipairs(entries) do read[#read + 1] = {lane .. e[1], e[2] or {}} end
    if #entries > 0 and #entries < n then last[i] = entries[#entries][1] end
    if #entries == 0 then
        local info = redis.pcall('XINFO', 'STREAM', stream)
        if info.err then problem = problem or info end
        for k = 1, #info, 2 do
            if info[k] == 'last-generated-id' then last[i] = info[k + 1] end
        end
    end
end

for i in ipairs(LANES) do read_from(i, share[i]) end
for i in ipairs(LANES) do read_from(i, free - #read) end
if problem and #read == 0 then return problem end
if problem or not (last[1] and last[2] and last[3]) then last = {} end
local others = 0
for i = 1, 3, 2 do
    local length = redis.pcall('XLEN', lane_stream(base, LANES[i]))
    others = (type(length) == 'table' or others < 0) and -1 or others + length
end
return {read, last, others}
