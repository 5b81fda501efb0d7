#!lua flags=no-writes
-- Entries of a stream, the newest first, cut where they are large: whoever wrote them. An answer is bounded.
-- ARGV: stream, first ('+', or '(' and the one before), last, most entries, most fields of one, most bytes of a field
-- Gives: length of the stream, then each entry: id, '1' if something was cut, fields
local stream, first, last, most, fields, bytes = unpack(ARGV)
fields, bytes = 2 * tonumber(fields), tonumber(bytes)
local answer = {redis.call('XLEN', stream)}
for _, e in ipairs(redis.call('XREVRANGE', stream, first, last, 'COUNT', most)) do
    local all, kept, cut = e[2], {}, '0'
    for i = 1, #all do
        -- The last four name the reason.
        if i <= fields - 8 or i > #all - 8 then
            kept[#kept + 1] = string.sub(all[i], 1, bytes)
            if #all[i] > bytes then cut = '1' end
        else
            cut = '1'
        end
    end
    answer[#answer + 1] = {e[1], cut, kept}
end
return answer
