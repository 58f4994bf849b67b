-- The latest state is what the entries add up to; numbers are dense; totals and
-- facets are those of the live episodes; what is retracted is blocked.
SELECT e.dataset, e.number, 'state is not that of its entries' AS trouble
FROM sluice.episode AS e
JOIN sluice.dataset AS d ON d.id = e.dataset
CROSS JOIN LATERAL (
	SELECT count(*) AS entries, max(n.revision) AS revision,
	    min(n.seq) AS first_seq, max(n.seq) AS last_seq,
	    bool_or(n.op = 'retract') AS retracted
	FROM sluice.episode_entry AS n WHERE n.dataset = e.dataset AND
	    n.number = e.number AND n.seq <= d.seq) AS x
WHERE e.revision <> x.entries OR e.revision <> x.revision OR
    e.first_seq <> x.first_seq OR e.last_seq <> x.last_seq OR
    (e.retracted_seq IS NOT NULL) <> x.retracted
UNION ALL
SELECT d.id, NULL, 'numbers are not dense'
FROM sluice.dataset AS d
WHERE EXISTS (SELECT FROM sluice.episode AS e WHERE e.dataset = d.id AND
    e.number > 0 HAVING max(e.number) <> count(*))
UNION ALL
SELECT d.id, NULL, 'totals are not those of the live episodes'
FROM sluice.dataset AS d
CROSS JOIN LATERAL (
	SELECT count(*) FILTER (WHERE e.number > 0) AS episodes,
	    COALESCE(sum(e.duration_ms), 0) AS duration_ms,
	    COALESCE(sum(e.content_bytes), 0) AS content_bytes
	FROM sluice.episode AS e
	WHERE e.dataset = d.id AND e.retracted_seq IS NULL) AS t
WHERE d.standard_seq = d.seq AND (d.episodes, d.duration_ms, d.content_bytes) IS DISTINCT FROM
    (t.episodes, t.duration_ms, t.content_bytes)
UNION ALL
SELECT s.dataset, s.number, 'blocked and retracted do not go together'
FROM sluice.segment AS s
JOIN sluice.episode AS e ON e.dataset = s.dataset AND e.number = s.number
WHERE s.blocked IS DISTINCT FROM CASE
	WHEN e.erased IS NOT NULL THEN 'erased'
	WHEN e.retracted_seq IS NOT NULL THEN 'retracted' END;
