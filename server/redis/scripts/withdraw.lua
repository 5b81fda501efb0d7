#!lua flags=allow-oom
-- Goes on with taking the attempts of ended requests out of the dispatch stream, where that was too much for one script.
-- Gives whether there is more of it: 1 or 0.
local next_one = redis.call('HRANDFIELD', WITHDRAWALS)
if not next_one then return 0 end
local id, g = string.match(next_one, '^(%S+) (%d+)$')
local status = id and redis.pcall('HGET', state_key(id), 'status')
local cursor = '0'
-- One that goes on again had its attempts withdrawn before that (clean_group.lua).
if type(status) ~= 'string' or is_final(status) then
    local ok, after = pcall(withdraw_page, id, g, redis.call('HGET', WITHDRAWALS, next_one))
    if not ok and lacks_right(after) then error({err = tostring(after)}) end
    cursor = ok and after or '0'
end
if cursor == '0' then
    redis.call('HDEL', WITHDRAWALS, next_one)
else
    redis.call('HSET', WITHDRAWALS, next_one, cursor)
end
return redis.call('EXISTS', WITHDRAWALS)
