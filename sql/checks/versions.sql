-- What licences and agreements say now is their latest version; a status is that
-- of the last event; texts of terms are what their names say, and what counts as
-- accepted was accepted.
SELECT l.id::text AS object, 'the licence is not its latest version' AS trouble
FROM sluice.licence AS l
CROSS JOIN LATERAL (
	SELECT max(v.version) AS version, count(*) AS count
	FROM sluice.licence_version AS v WHERE v.licence = l.id) AS v
LEFT JOIN sluice.licence_version AS t
    ON t.licence = l.id AND t.version = l.version
WHERE l.version IS DISTINCT FROM v.version OR v.version <> v.count OR
    l.valid_from <> (t.terms -> 'term' ->> 'from')::timestamptz OR
    l.valid_until <> (t.terms -> 'term' ->> 'until')::timestamptz OR
    l.quota_episodes IS DISTINCT FROM
	(t.terms -> 'quota' ->> 'episodes')::bigint OR
    l.quota_bytes IS DISTINCT FROM (t.terms -> 'quota' ->> 'bytes')::bigint OR
    l.text_sha256 IS DISTINCT FROM t.terms -> 'text' ->> 'sha256'
UNION ALL
SELECT l.id::text, 'the status is not that of the last event'
FROM sluice.licence AS l
WHERE l.status IS DISTINCT FROM (
	SELECT e.status FROM sluice.licence_event AS e WHERE e.licence = l.id
	ORDER BY e.number DESC LIMIT 1)
UNION ALL
SELECT a.name, 'the agreement is not its latest version'
FROM sluice.agreement AS a
LEFT JOIN sluice.agreement_version AS v
    ON v.agreement = a.id AND v.version = a.version
WHERE v.version IS NULL OR a.status <> v.status OR
    a.valid_from <> (v.terms ->> 'from')::timestamptz OR
    a.valid_until <> (v.terms ->> 'until')::timestamptz OR
    a.currency <> v.terms ->> 'currency' OR
    (a.ceiling_episodes, a.ceiling_duration_ms, a.ceiling_bytes,
	a.ceiling_money_micro) IS DISTINCT FROM
    ((v.terms -> 'ceiling' ->> 'episodes')::bigint,
	(v.terms -> 'ceiling' ->> 'duration_ms')::bigint,
	(v.terms -> 'ceiling' ->> 'bytes')::bigint,
	(v.terms -> 'ceiling' ->> 'money_micro')::bigint) OR
    EXISTS (SELECT FROM sluice.agreement_version AS n
	WHERE n.agreement = a.id AND n.version > a.version)
UNION ALL
SELECT x.sha256, 'the text is not what its name says'
FROM sluice.terms_text AS x WHERE x.sha256 <> sluice.text_sha256(x.words)
UNION ALL
SELECT l.id::text, 'the text was not accepted'
FROM sluice.licence AS l
WHERE l.accepted_sha256 IS NOT NULL AND NOT EXISTS (
	SELECT FROM sluice.acceptance AS a
	WHERE a.licence = l.id AND a.sha256 = l.accepted_sha256);
