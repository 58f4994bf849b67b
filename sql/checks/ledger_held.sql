-- What is held is what was charged, each segment and episode once, and the
-- sums of each row are those of its segments.
WITH charged AS (
	SELECT g.licence, g.dataset, g.seq, range_agg(g.ordinals) AS ordinals,
	    sum(sluice.size_of(g.ordinals)) AS size
	FROM sluice.ledger AS g WHERE g.kind = 'charge' GROUP BY 1, 2, 3
), episodes AS (
	SELECT g.licence, g.dataset, range_agg(g.numbers) AS numbers,
	    sum(sluice.size_of(g.numbers)) AS size
	FROM sluice.ledger AS g WHERE g.kind = 'charge' GROUP BY 1, 2
)
SELECT COALESCE(c.licence, h.licence) AS licence, COALESCE(c.seq, h.seq) AS seq,
    'segments held are not those charged once' AS trouble
FROM charged AS c
FULL JOIN sluice.held_segments AS h USING (licence, dataset, seq)
WHERE c.ordinals IS DISTINCT FROM h.ordinals OR
    sluice.size_of(h.ordinals) IS DISTINCT FROM c.size
UNION ALL
SELECT COALESCE(e.licence, h.licence), NULL,
    'episodes held are not those charged once'
FROM episodes AS e
FULL JOIN sluice.held_episodes AS h USING (licence, dataset)
WHERE COALESCE(e.numbers, '{}') <> COALESCE(h.numbers, '{}') OR
    COALESCE(sluice.size_of(h.numbers), 0) <> COALESCE(e.size, 0)
UNION ALL
SELECT g.licence, g.seq, 'a row is not the sum of its segments'
FROM sluice.ledger AS g
CROSS JOIN LATERAL (
	SELECT COALESCE(sum(s.content_bytes), 0) AS bytes,
	    bool_or(s.number = 0) AS has_free,
	    count(*) AS segments
	FROM unnest(g.ordinals) AS o (span)
	JOIN sluice.segment AS s ON s.dataset = g.dataset AND s.seq = g.seq AND
	    s.ordinal >= lower(o.span) AND s.ordinal < upper(o.span)) AS x
WHERE g.kind = 'charge' AND (x.bytes <> g.bytes OR x.has_free OR
    x.segments <> sluice.size_of(g.ordinals) OR
    g.episodes <> sluice.size_of(g.numbers));
