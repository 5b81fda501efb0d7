#!lua flags=allow-oom
-- A value of running work, or a piece of one, into a Redis that is full, so that the work can end and empty it.
-- ARGV: name, where the piece begins, piece, ttl. Gives the length of what is there then.
local name, from, piece, ttl = unpack(ARGV)
if from == '0' then
    redis.call('SET', name, piece, 'EX', ttl)
    return #piece
end
local length = redis.call('APPEND', name, piece)
redis.call('EXPIRE', name, ttl)
return length
