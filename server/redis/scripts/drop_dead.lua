#!lua flags=allow-oom
-- Deletes an entry that was kept among the dead.
-- ARGV: task or request, entry, then who asks: token, user, call, now, node, audit length
-- Gives: dropped|gone, request id or ''
local which, dead = unpack(ARGV, 1, 2)
local by = {unpack(ARGV, 3)}
local stream = 'stream:' .. which .. ':dead'
local found = redis.call('XRANGE', stream, dead, dead)
if not found[1] then return {was_done(by) and 'dropped' or 'gone', ''} end
local id = string.sub(by_name(found[1][2]).requestId or '', 1, 36)
redis.call('XDEL', stream, dead)
audit(by, 'drop', id, which, dead)
return {'dropped', id}
