#!lua flags=allow-oom
-- Takes over tasks whose worker is not heard of any more.
-- ARGV: consumer (vn-<node>), lease in ms, time in ms that a worker without heartbeat has, most
-- What this consumer itself has passed on, as another node is the one for it, is left to that one for a lease.
-- Gives for each: entry, deliveries, '1' if it was running alone when its worker vanished, fields
local consumer, lease, foreign, most = unpack(ARGV)
local passed_on = 7200000
local silent = is_calm(string.sub(consumer, 4)) and lease or HANDED_BACK
local taken = {}

-- Page by page: entries of workers without heartbeat that still have time must not hide those behind them.
local function claim_from(lane)
    local stream, from = lane_stream(DISPATCH, lane), '-'
    for _ = 1, 20 do
        local idle = redis.pcall('XPENDING', stream, WORKERS, 'IDLE', silent, from, '+', 100)
        -- A lane that nobody has used or read yet has no group.
        if idle.err then return idle end
        for _, p in ipairs(idle) do
            local ours = string.sub(p[2], 1, 3) == 'vn-'
            local left_to_others = p[2] == consumer and p[3] >= passed_on and p[3] < passed_on + tonumber(lease)
            if #taken < tonumber(most) and not left_to_others and (ours or p[3] >= tonumber(foreign)) then
                local claimed = redis.call('XCLAIM', stream, WORKERS, consumer, silent, p[1])
                if claimed[1] and claimed[1][2] then
                    local alone = redis.call('GET', 'vn:alone:' .. lane .. p[1]) and '1' or '0'
                    taken[#taken + 1] = {lane .. p[1], tostring(p[4] + 1), alone, claimed[1][2]}
                end
            end
            from = '(' .. p[1]
        end
        if #idle < 100 or #taken >= tonumber(most) then break end
    end
end

for _, lane in ipairs(LANES) do
    local refused = claim_from(lane)
    if refused and lane == '' and #taken == 0 then return refused end
end
return taken
