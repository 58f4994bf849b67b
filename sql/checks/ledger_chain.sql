-- The ledger of each licence is one chain: numbered from 1, each row hashed over
-- the one before and not older than it, the head in the totals.
SELECT g.licence, g.number, 'broken chain' AS trouble
FROM (
	SELECT l.*, l AS r, d.name AS dataset_name,
	    lag(l.hash, 1, sluice.zero_hash()) OVER w AS due_previous,
	    lag(l.at, 1, l.at) OVER w AS due_at,
	    row_number() OVER w AS due_number
	FROM sluice.ledger AS l JOIN sluice.dataset AS d ON d.id = l.dataset
	WINDOW w AS (PARTITION BY l.licence ORDER BY l.number)) AS g
WHERE g.number <> g.due_number OR g.at < g.due_at OR g.previous <> g.due_previous OR
    g.hash <> sha256(g.previous || convert_to(sluice.ledger_text(g.r,
	g.dataset_name), 'UTF8'))
UNION ALL
-- each field is one line of the text that is hashed
SELECT g.licence, g.number, 'a row that no ledger has'
FROM sluice.ledger AS g
WHERE g.number < 1 OR g.kind NOT IN ('charge', 'credit', 'fee') OR
    g.purpose || g.reference || g.reason ~ '[[:cntrl:]]'
UNION ALL
SELECT t.licence, t.ledger_number, 'head is not the last row'
FROM sluice.licence_total AS t
LEFT JOIN sluice.ledger AS g
    ON g.licence = t.licence AND g.number = t.ledger_number
WHERE t.ledger_head <> COALESCE(g.hash, sluice.zero_hash()) OR
    t.ledger_number <> (SELECT count(*) FROM sluice.ledger AS x
	WHERE x.licence = t.licence);
