-- The audit log is one chain, numbered from 1.
SELECT x.number, 'broken chain' AS trouble
FROM (
	SELECT a AS row_, a.number,
	    lag(a.hash, 1, sluice.zero_hash()) OVER (ORDER BY a.number)
		AS due_previous,
	    row_number() OVER (ORDER BY a.number) AS due_number
	FROM sluice.audit AS a) AS x
WHERE x.number <> x.due_number OR (x.row_).previous <> x.due_previous OR
    (x.row_).hash <> sha256((x.row_).previous ||
	convert_to(sluice.audit_text(x.row_), 'UTF8'));
