-- A receipt that was found on the chain is on it still: who rewrites a ledger
-- cannot rewrite what the customer signed.
SELECT r.licence, r.number, r.ledger_number,
    'the ledger is not what the customer has a receipt of' AS trouble
FROM sluice.receipt AS r
LEFT JOIN sluice.ledger AS g
    ON g.licence = r.licence AND g.number = r.ledger_number
WHERE r.on_chain AND r.ledger_head <> CASE WHEN r.ledger_number = 0
    THEN sluice.zero_hash() ELSE COALESCE(g.hash, '') END;
