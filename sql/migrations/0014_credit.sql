-- Credits: rows of the ledger that give back.

COMMENT ON COLUMN sluice.ledger.reference IS
    'of a fee its month, of a credit what it is for';
