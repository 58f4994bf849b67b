-- A charge costs what its frozen price makes of the month before and after it,
-- however deliveries were cut; a fee is at most the month's, once a month; money
-- is in the agreement's currency.
SELECT g.licence, g.number, 'the amount does not follow from the price' AS trouble
FROM (
	SELECT x.*,
	    (sum(x.episodes) FILTER (WHERE x.kind = 'charge')
		OVER w)::bigint AS after_episodes,
	    (sum(x.duration_ms) FILTER (WHERE x.kind = 'charge')
		OVER w)::bigint AS after_ms
	FROM sluice.ledger AS x
	WINDOW w AS (PARTITION BY x.licence, sluice.month_of(x.at)
	    ORDER BY x.number)) AS g
WHERE g.kind = 'charge' AND g.amount_micro <> COALESCE(
    sluice.price_amount(g.price::jsonb, g.after_episodes, g.after_ms) -
    sluice.price_amount(g.price::jsonb, g.after_episodes - g.episodes,
	g.after_ms - g.duration_ms), 0)
UNION ALL
SELECT g.licence, g.number, 'a fee is not the month''s'
FROM sluice.ledger AS g
WHERE g.kind = 'fee' AND (g.amount_micro < 0 OR g.price IS NULL OR
    g.amount_micro > (g.price::jsonb ->> 'per_month')::bigint OR
    (g.episodes, g.duration_ms, g.bytes, g.seq) <> (0, 0, 0, 0) OR
    g.reference <> to_char(g.at AT TIME ZONE 'UTC', 'YYYY-MM'))
UNION ALL
SELECT g.licence, g.number, 'money is not in the agreement''s currency'
FROM sluice.ledger AS g
JOIN sluice.licence AS l ON l.id = g.licence
LEFT JOIN sluice.agreement AS a ON a.id = l.agreement
WHERE g.currency <> a.currency OR
    (g.currency IS NULL OR a.id IS NULL) AND
	(g.amount_micro <> 0 OR g.price IS NOT NULL);
