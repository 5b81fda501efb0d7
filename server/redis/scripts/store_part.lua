#!lua flags=allow-oom
-- A value of running work into a Redis that is full, so that the work can end and empty it. ARGV: name, value, ttl
redis.call('SET', ARGV[1], ARGV[2], 'EX', ARGV[3])
return 1
