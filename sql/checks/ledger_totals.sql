-- Totals are the sums of the ledger: of a licence, of its month, and of all
-- licences of an agreement.
SELECT t.licence, NULL AS agreement,
    'totals are not the sum of the ledger' AS trouble
FROM sluice.licence_total AS t
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(g.episodes), 0) AS episodes,
	    COALESCE(sum(g.duration_ms), 0) AS duration_ms,
	    COALESCE(sum(g.bytes), 0) AS bytes,
	    COALESCE(sum(g.amount_micro), 0) AS amount_micro,
	    COALESCE(max(g.at), '-infinity') AS last_at
	FROM sluice.ledger AS g WHERE g.licence = t.licence) AS s
WHERE (t.used_episodes, t.used_duration_ms, t.used_bytes, t.amount_micro,
    t.last_at) IS DISTINCT FROM
    (s.episodes, s.duration_ms, s.bytes, s.amount_micro, s.last_at)
UNION ALL
SELECT t.licence, NULL, 'the month''s totals are not the sum of its rows'
FROM sluice.licence_total AS t
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(g.episodes), 0) AS episodes,
	    COALESCE(sum(g.duration_ms), 0) AS duration_ms,
	    COALESCE(sum(g.bytes), 0) AS bytes,
	    COALESCE(sum(g.amount_micro), 0) AS amount_micro,
	    COALESCE(sum(g.episodes) FILTER (WHERE g.kind = 'charge'), 0)
		AS priced_episodes,
	    COALESCE(sum(g.duration_ms) FILTER (WHERE g.kind = 'charge'), 0)
		AS priced_duration_ms
	FROM sluice.ledger AS g
	WHERE g.licence = t.licence AND sluice.month_of(g.at) = t.month) AS s
WHERE t.month IS DISTINCT FROM CASE WHEN t.ledger_number = 0
	THEN '-infinity' ELSE sluice.month_of(t.last_at) END OR
    (t.month_episodes, t.month_duration_ms, t.month_bytes,
	t.month_amount_micro, t.priced_episodes, t.priced_duration_ms)
	IS DISTINCT FROM (s.episodes, s.duration_ms, s.bytes, s.amount_micro,
	s.priced_episodes, s.priced_duration_ms)
UNION ALL
SELECT NULL, a.name, 'the agreement''s totals are not those of its licences'
FROM sluice.agreement AS a
LEFT JOIN sluice.agreement_total AS u ON u.agreement = a.id
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(g.episodes), 0) AS episodes,
	    COALESCE(sum(g.duration_ms), 0) AS duration_ms,
	    COALESCE(sum(g.bytes), 0) AS bytes,
	    COALESCE(sum(g.amount_micro), 0) AS amount_micro
	FROM sluice.licence AS l
	JOIN sluice.ledger AS g ON g.licence = l.id
	WHERE l.agreement = a.id) AS s
WHERE (u.used_episodes, u.used_duration_ms, u.used_bytes, u.amount_micro)
    IS DISTINCT FROM (s.episodes, s.duration_ms, s.bytes, s.amount_micro);
