-- Credits give back what was charged: never more than their row has, nor all of
-- them more than there was.
SELECT c.licence, c.number, 'a credit that is none' AS trouble
FROM sluice.ledger AS c
WHERE c.kind = 'credit' AND (
    GREATEST(c.amount_micro, c.episodes, c.duration_ms, c.bytes) > 0 OR
    c.seq <> 0 OR NOT isempty(c.ordinals) OR NOT isempty(c.numbers) OR
    c.reference = '' OR c.reason = '')
UNION ALL
SELECT g.licence, g.number, 'credited more than was charged'
FROM sluice.ledger AS g
JOIN sluice.ledger AS c ON c.licence = g.licence AND c.kind = 'credit' AND
    (c.reference = 'row ' || g.number OR
	c.reference LIKE 'row ' || g.number || ' %')
WHERE g.kind <> 'credit'
GROUP BY g.licence, g.number
HAVING g.amount_micro + sum(c.amount_micro) < 0 OR
    g.episodes + sum(c.episodes) < 0 OR
    g.duration_ms + sum(c.duration_ms) < 0 OR g.bytes + sum(c.bytes) < 0
UNION ALL
SELECT c.licence, c.number, 'a credit for a row that is not there'
FROM sluice.ledger AS c
WHERE c.kind = 'credit' AND c.reference ~ '^row [0-9]+( |$)' AND NOT EXISTS (
	SELECT FROM sluice.ledger AS g
	WHERE g.licence = c.licence AND g.kind <> 'credit' AND g.number <
	    c.number AND g.number::text = split_part(c.reference, ' ', 2))
UNION ALL
SELECT g.licence, g.number, 'credits are more than all charges before them'
FROM (
	SELECT x.licence, x.number, sum(x.amount_micro) OVER w AS amount_micro,
	    sum(x.episodes) OVER w AS episodes,
	    sum(x.duration_ms) OVER w AS duration_ms, sum(x.bytes) OVER w AS bytes
	FROM sluice.ledger AS x
	WINDOW w AS (PARTITION BY x.licence ORDER BY x.number)) AS g
WHERE LEAST(g.amount_micro, g.episodes, g.duration_ms, g.bytes) < 0;
