#!lua flags=allow-oom
-- Deletes dispatch entries that were acknowledged and left lying, and consumers of nodes that are gone.
-- ARGV: time in ms without a sign of life after which a consumer of ours is gone. Gives the number of consumers removed.
local function as_map(list)
    local m = {}
    for i = 1, #list, 2 do m[list[i]] = list[i + 1] end
    return m
end

local removed = 0
local function clean(stream, group, trimmed)
    local groups = redis.call('EXISTS', stream) == 1 and redis.call('XINFO', 'GROUPS', stream) or {}
    for _, info in ipairs(groups) do
        local g = as_map(info)
        if g.name == group then
            for _, c in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
                local consumer = as_map(c)
                if consumer.pending == 0 and consumer.idle > tonumber(ARGV[1])
                    and string.sub(consumer.name, 1, 3) == 'vn-' then
                    redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer.name)
                    removed = removed + 1
                end
            end
            if trimmed then
                -- The oldest entry that somebody still needs: pending, or not delivered yet.
                local oldest = redis.call('XPENDING', stream, group)[2]
                local ms, n = string.match(g['last-delivered-id'], '^(%d+)%-(%d+)$')
                local first = oldest or (ms .. '-' .. string.format('%.0f', tonumber(n) + 1))
                redis.call('XTRIM', stream, 'MINID', '=', first)
            end
        end
    end
end

for _, lane in ipairs(LANES) do
    clean(lane_stream(INGEST, lane), ORCHESTRATORS, false)
    clean(lane_stream(DISPATCH, lane), WORKERS, true)
end
return removed
