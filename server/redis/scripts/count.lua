#!lua flags=allow-oom
-- What the owner has seen of a group, and the cleaning up behind workers that do not do it themselves.
-- ARGV: id, epoch, group, completed, failed, id of the last update, ttl, then tasks counted whose worker was not ours
-- Gives 1, or 0 if the request is not the caller's.
local id, epoch, g, completed, failed, seen, ttl = unpack(ARGV, 1, 7)
if not owned(id, epoch) then return 0 end
local h = group_key(id, g)
redis.call('HSET', h, 'completed', completed, 'failed', failed)
if seen ~= '' then redis.call('HSET', state_key(id), 'updatesId', seen) end
local kept = #ARGV > 7 and keeps_documents(redis.call('HGET', state_key(id), 'taskDocuments'))
for i = 8, #ARGV do
    local t = ARGV[i]
    redis.call('EXPIRE', task_key(id, g, t, 'result'), ttl)
    if not kept then redis.call('UNLINK', task_key(id, g, t, 'xml')) end
    local _, entry = dispatched(h, t)
    if entry then remove_entry(DISPATCH, WORKERS, entry) end
end
return 1
