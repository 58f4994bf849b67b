-- What subscribers see of a log is of the newest visible batch; every checkpoint
-- is of a batch, and all of one size have one root.
SELECT d.id AS dataset, d.seq, 'the log is not as long as what is visible'
    AS trouble
FROM sluice.dataset AS d
LEFT JOIN sluice.log_head AS h ON h.dataset = d.id
WHERE d.seq <> COALESCE(h.size, 0)
UNION ALL
SELECT c.dataset, c.size, 'a checkpoint without its batch'
FROM sluice.checkpoint AS c
WHERE NOT EXISTS (
	SELECT FROM sluice.publication AS p WHERE p.dataset = c.dataset AND
	    p.seq = c.size AND p.state IN ('logged', 'visible'))
UNION ALL
SELECT c.dataset, c.size, 'two roots of one size'
FROM sluice.checkpoint AS c
GROUP BY c.dataset, c.size HAVING count(DISTINCT c.root) > 1
UNION ALL
SELECT p.dataset, p.seq, 'logged without a checkpoint'
FROM sluice.publication AS p
WHERE p.state = 'logged' AND NOT EXISTS (
	SELECT FROM sluice.checkpoint AS c
	WHERE c.dataset = p.dataset AND c.size = p.seq)
UNION ALL
SELECT c.dataset, c.size, 'a body is not of its size and root'
FROM sluice.checkpoint AS c
JOIN sluice.dataset AS d ON d.id = c.dataset
WHERE c.body IS DISTINCT FROM split_part(c.body, '/', 1) || '/' || d.name ||
    '/' || c.epoch || E'\n' || c.size || E'\n' || encode(c.root, 'base64') ||
    E'\n';
