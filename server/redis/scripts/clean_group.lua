#!lua flags=allow-oom
-- Before a retry: what a large group keeps of the attempts that were made, page by page.
-- ARGV: id, cursor. Gives the next cursor; '0' if that was all, or the request has not failed.
local id, cursor = unpack(ARGV)
local s = redis.call('HMGET', state_key(id), 'status', 'currentGroup', 'epoch')
if s[1] ~= 'failed' or not s[2] then return '0' end
cursor = clean_page(id, s[2], cursor)
if cursor == '0' then redis.call('HSET', group_key(id, s[2]), 'vn:cleaned', s[3] or '') end
return cursor
