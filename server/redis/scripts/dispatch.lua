-- Puts attempts of tasks into the dispatch stream, each at most once.
-- ARGV: id, epoch, group, group name, ttl, traceparent or '', deadline of the request or '', bounds (common.lua) or '' if the
--       user is not told of tasks, then the tasks as send_tasks() takes them
-- Gives what that gives, or an empty list if the request is not the caller's.
local id, epoch, g, name, ttl, trace, deadline, bounds = unpack(ARGV, 1, 8)
local s = owned(id, epoch, 'priority')
if not s then return {} end
return send_tasks(id, s, g, name, false, ttl, trace, deadline, bounds, ARGV, 9)
