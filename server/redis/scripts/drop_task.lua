#!lua flags=allow-oom
-- A worker has stopped a task because its request has ended. If it goes on again meanwhile, the task is given back.
-- ARGV: consumer, entry, request id
local consumer, entry, id = unpack(ARGV)
local status = redis.call('HGET', state_key(id), 'status')
if not status or is_final(status) then
    remove_entry(DISPATCH, WORKERS, entry)
    return 1
end
local p = pending_entry(DISPATCH, WORKERS, entry)
if p and p[2] == consumer then
    claim_entry(DISPATCH, WORKERS, consumer, entry, 'IDLE', 3600000, 'RETRYCOUNT', math.max(p[4] - 1, 0), 'JUSTID')
end
return 0
