#!lua
-- Submits a parked ingest entry anew whose request nobody knows; for others there is retry.lua.
-- ARGV: entry of stream:request:dead, backlog limit, then who asks: token, user, call, now, node, audit length
-- Gives: requeued|known|unusable|backlog|gone, request id or '', status or ''
local dead, backlog = unpack(ARGV, 1, 2)
local by = {unpack(ARGV, 3)}
local found = redis.call('XRANGE', 'stream:request:dead', dead, dead)
if not found[1] then return {was_done(by) and 'requeued' or 'gone', '', ''} end

local fields = before_death(found[1][2])
if not fields then return {'unusable', '', ''} end
local f = by_name(fields)
local id = f.requestId
if not is_request_id(id) or not string.match(f.xmlKey or '', '^cache:request:') then
    return {'unusable', '', ''}
end
local status = redis.call('HGET', state_key(id), 'status')
if status then return {'known', id, status} end
if backlog_length() >= tonumber(backlog) then return {'backlog', id, ''} end

redis.call('XADD', INGEST, '*', unpack(fields))
redis.call('XDEL', 'stream:request:dead', dead)
audit(by, 'requeue', id, 'request', dead)
return {'requeued', id, 'received'}
