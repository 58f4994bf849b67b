-- Totals are the sums of the ledger, and within the quotas.
SELECT t.licence, 'totals are not the sum of the ledger' AS trouble
FROM sluice.licence_total AS t
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(g.episodes), 0) AS episodes,
	    COALESCE(sum(g.duration_ms), 0) AS duration_ms,
	    COALESCE(sum(g.bytes), 0) AS bytes
	FROM sluice.ledger AS g WHERE g.licence = t.licence) AS s
WHERE (t.used_episodes, t.used_duration_ms, t.used_bytes) IS DISTINCT FROM
    (s.episodes, s.duration_ms, s.bytes);
