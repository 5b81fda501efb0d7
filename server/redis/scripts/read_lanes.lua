#!lua flags=allow-oom
-- Entries that were given to nobody yet, of all three lanes: from each at most its share, then what is left of the shares
-- goes to whoever has more, high first. Puts up groups that vanished, from the first entry on (R17).
-- ARGV: stream of the normal lane, group, consumer, then the shares of high, normal and low
-- Gives: the entries, id and fields each; if there are none, the last id of each of the three streams
local base, group, consumer = unpack(ARGV, 1, 3)
local read, share, problem = {}, {}, nil
local free = 0
for i = 1, 3 do
    share[i] = tonumber(ARGV[3 + i])
    free = free + share[i]
end

local function read_from(lane, n)
    if n <= 0 then return end -- to Redis a count of 0 would mean all
    local stream = lane_stream(base, lane)
    local got = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', n, 'STREAMS', stream, '>')
    if got and got.err and string.find(got.err, '^NOGROUP') then
        redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
        got = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'COUNT', n, 'STREAMS', stream, '>')
    end
    if got and got.err then problem = problem or got end
    for _, e in ipairs(got and not got.err and got[1][2] or {}) do
        read[#read + 1] = {lane .. e[1], e[2] or {}}
    end
end

for i, lane in ipairs(LANES) do read_from(lane, share[i]) end
for _, lane in ipairs(LANES) do read_from(lane, free - #read) end
if #read > 0 then return {read} end
if problem then return problem end

local last = {}
for i, lane in ipairs(LANES) do
    local stream = lane_stream(base, lane)
    last[i] = '0-0'
    if redis.call('EXISTS', stream) == 1 then
        local info = redis.call('XINFO', 'STREAM', stream)
        for k = 1, #info, 2 do
            if info[k] == 'last-generated-id' then last[i] = info[k + 1] end
        end
    end
end
return {{}, last}
