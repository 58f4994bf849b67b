-- Batches are dense from 1 and follow each other; what is visible is what the
-- dataset says; each has its six objects.
SELECT b.dataset, b.seq, 'seq is not dense or does not follow' AS trouble
FROM (
	SELECT x.*, p.previous, row_number() OVER w AS due_seq,
	    lag(x.manifest_sha256, 1, sluice.zero_hash()) OVER w AS due_previous
	FROM sluice.batch AS x
	JOIN sluice.publication AS p ON p.id = x.publication
	WINDOW w AS (PARTITION BY x.dataset ORDER BY x.seq)) AS b
WHERE b.seq <> b.due_seq OR b.previous <> encode(b.due_previous, 'hex') OR
    b.manifest_sha256 <> sha256(b.manifest)
UNION ALL
SELECT d.id, d.seq, 'visible batches are not those up to the dataset''s seq'
FROM sluice.dataset AS d
WHERE d.seq <> (SELECT count(*) FROM sluice.batch AS b
    WHERE b.dataset = d.id AND b.visible_at IS NOT NULL) OR
    EXISTS (SELECT FROM sluice.batch AS b WHERE b.dataset = d.id AND
	(b.seq <= d.seq) <> (b.visible_at IS NOT NULL))
UNION ALL
SELECT b.dataset, b.seq, 'a batch without its six objects'
FROM sluice.batch AS b
WHERE (SELECT count(*) FROM sluice.batch_object AS o
    WHERE o.dataset = b.dataset AND o.seq = b.seq) <> 6;
