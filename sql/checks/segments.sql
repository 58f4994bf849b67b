-- Ordinals and chunks are dense, segments follow each other within the pack,
-- and each belongs to an entry of its batch.
SELECT s.dataset, s.seq, s.ordinal, 'segments do not add up' AS trouble
FROM (
	SELECT x.*, b.pack_bytes,
	    row_number() OVER w - 1 AS due_ordinal,
	    COALESCE(sum(x.stored_bytes) OVER before_, 0) AS due_offset,
	    COALESCE(sum(cardinality(x.chunk_sizes)) OVER before_, 0)
		AS due_chunk,
	    (SELECT sum(size) FROM unnest(x.chunk_sizes) AS size) AS due_bytes
	FROM sluice.segment AS x
	JOIN sluice.batch AS b ON b.dataset = x.dataset AND b.seq = x.seq
	WINDOW w AS (PARTITION BY x.dataset, x.seq ORDER BY x.ordinal),
	    before_ AS (PARTITION BY x.dataset, x.seq ORDER BY x.ordinal
		ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)) AS s
WHERE s.ordinal <> s.due_ordinal OR s.pack_offset <> s.due_offset OR
    s.chunk_first <> s.due_chunk OR s.stored_bytes <> s.due_bytes OR
    s.pack_offset + s.stored_bytes > s.pack_bytes
UNION ALL
SELECT s.dataset, s.seq, s.ordinal, 'a segment without its entry'
FROM sluice.segment AS s
LEFT JOIN sluice.episode_entry AS n
    ON n.dataset = s.dataset AND n.seq = s.seq AND n.number = s.number
WHERE n.layers -> s.layer ->> 'new' IS DISTINCT FROM s.ordinal::text;
