#!lua flags=allow-oom
-- A large value of running work, on its way to the step that makes it count: also into a full Redis, so that the work
-- can end and empty it. ARGV: name, value, ttl
redis.call('SET', ARGV[1], ARGV[2], 'EX', ARGV[3])
return 1
