-- No charge goes beyond the quota of the terms that it was made under, and no
-- agreement beyond the highest ceiling that it ever had.
WITH used AS (
	SELECT g.licence, g.number, g.licence_version, g.kind, g.episodes AS own,
	    sum(g.episodes) OVER w AS episodes,
	    sum(g.duration_ms) OVER w AS duration_ms, sum(g.bytes) OVER w AS bytes,
	    sum(g.episodes) OVER m AS month_episodes,
	    sum(g.duration_ms) OVER m AS month_ms,
	    sum(g.bytes) OVER m AS month_bytes
	FROM sluice.ledger AS g
	WINDOW w AS (PARTITION BY g.licence ORDER BY g.number),
	    m AS (PARTITION BY g.licence, sluice.month_of(g.at) ORDER BY g.number)
), limited AS (
	SELECT u.*, COALESCE(q.quota ->> 'per', 'total') = 'month' AS is_monthly,
	    sluice.quota_limit((q.quota ->> 'episodes')::bigint, q.over)
		AS limit_episodes,
	    sluice.quota_limit((q.quota ->> 'duration_ms')::bigint, q.over)
		AS limit_ms,
	    sluice.quota_limit((q.quota ->> 'bytes')::bigint, q.over)
		AS limit_bytes
	FROM used AS u
	JOIN sluice.licence_version AS v ON v.licence = u.licence AND
	    v.version = u.licence_version
	CROSS JOIN LATERAL (SELECT v.terms -> 'quota' AS quota, COALESCE(
	    (v.terms -> 'quota' ->> 'overage_percent')::bigint, 0) AS over) AS q
	WHERE u.kind = 'charge'
)
SELECT x.licence, NULL AS agreement, x.number,
    'a charge goes beyond the quota' AS trouble
FROM limited AS x
WHERE x.own > 0 AND (
    CASE WHEN x.is_monthly THEN x.month_episodes ELSE x.episodes END >
	x.limit_episodes OR
    CASE WHEN x.is_monthly THEN x.month_ms ELSE x.duration_ms END >
	x.limit_ms) OR
    CASE WHEN x.is_monthly THEN x.month_bytes ELSE x.bytes END > x.limit_bytes
UNION ALL
SELECT NULL, a.name, NULL, 'the agreement''s ceiling is exceeded'
FROM sluice.agreement AS a
JOIN sluice.agreement_total AS u ON u.agreement = a.id
CROSS JOIN LATERAL (
	SELECT max((v.terms -> 'ceiling' ->> 'episodes')::bigint) AS episodes,
	    max((v.terms -> 'ceiling' ->> 'duration_ms')::bigint) AS duration_ms,
	    max((v.terms -> 'ceiling' ->> 'bytes')::bigint) AS bytes,
	    max((v.terms -> 'ceiling' ->> 'money_micro')::bigint) AS money_micro,
	    bool_and(v.terms -> 'ceiling' ->> 'episodes' IS NOT NULL)
		AS has_episodes,
	    bool_and(v.terms -> 'ceiling' ->> 'duration_ms' IS NOT NULL) AS has_ms,
	    bool_and(v.terms -> 'ceiling' ->> 'bytes' IS NOT NULL) AS has_bytes,
	    bool_and(v.terms -> 'ceiling' ->> 'money_micro' IS NOT NULL)
		AS has_money
	FROM sluice.agreement_version AS v WHERE v.agreement = a.id) AS c
WHERE c.has_episodes AND u.used_episodes > c.episodes OR
    c.has_ms AND u.used_duration_ms > c.duration_ms OR
    c.has_bytes AND u.used_bytes > c.bytes OR
    c.has_money AND u.amount_micro > c.money_micro;
