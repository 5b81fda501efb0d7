#!lua flags=allow-oom
-- Gives entries back so that others may claim them at once; it does not count as a delivery.
-- ARGV: stream, group, consumer, how many ms they are to seem idle (claim_tasks.lua), then entries
local stream, group, consumer, idle = unpack(ARGV, 1, 4)
for i = 5, #ARGV do
    local p = pending_entry(stream, group, ARGV[i])
    if p and p[2] == consumer then
        claim_entry(stream, group, consumer, ARGV[i], 'IDLE', idle, 'RETRYCOUNT', math.max(p[4] - 1, 0), 'JUSTID')
    end
end
return 1
