-- Stands behind the other common parts: steps of a request that more than one script takes.

-- Its document was read. kept: how long its task documents are kept ('', request, ttl). status: after a retry it goes on where it
-- was. Then, of its state: username, startedAt, listed, listedAs.
local function begin_request(bounds, id, status, now, ttl, groups, kept, user, started_at, listed, listed_as)
    redis.call('HSET', state_key(id), 'status', status, 'groupCount', groups, 'taskDocuments', kept or '',
        'startedAt', started_at or now, 'listed', move_in_list(id, status, ttl, listed, listed_as), 'listedAs', status)
    tell(bounds, id, 'started', now, {'groupCount', groups})
    notify(bounds, user, 'workflow_started', id, {nodes = groups, entry_nodes = groups == '0' and '0' or '1', tag = '""'})
end
