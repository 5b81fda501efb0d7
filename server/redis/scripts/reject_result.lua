#!lua flags=allow-oom
-- A stored result turned out to be no result: it goes, and the attempt counts as failed.
-- ARGV: id, epoch, group, task, attempt, failure record. Gives 1, or 0 if the request is not the caller's.
local id, epoch, g, t, attempt, record = unpack(ARGV)
if not is_owner(id, epoch) then return 0 end
local h = group_key(id, g)
redis.call('UNLINK', task_key(id, g, t, 'result'))
redis.call('HSET', h, 'vn:' .. t .. ':failed', attempt, 'vn:' .. t .. ':failure', record)
local _, entry = dispatched(h, t)
if entry then remove_entry(DISPATCH, WORKERS, entry) end
return 1
