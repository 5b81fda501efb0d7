#!lua flags=allow-oom
-- An attempt has failed and its worker did not say so in the group hash: one of somebody else's, or one whose stored
-- result turned out to be no result.
-- ARGV: id, epoch, group, task, attempt, failure record, reject (yes: the stored result goes)
-- Gives recorded, done (there is a result after all), or lost if the request is not the caller's.
local id, epoch, g, t, attempt, record, reject = unpack(ARGV)
if not owned(id, epoch) then return 'lost' end
local h, result = group_key(id, g), task_key(id, g, t, 'result')
if reject == 'yes' then
    redis.call('UNLINK', result)
elseif redis.call('EXISTS', result) == 1 then
    return 'done'
end
redis.call('HSET', h, 'vn:' .. t .. ':failed', attempt, 'vn:' .. t .. ':failure', record)
local last, entry = dispatched(h, t)
if entry and last <= tonumber(attempt) then remove_entry(DISPATCH, WORKERS, entry) end
return 'recorded'
