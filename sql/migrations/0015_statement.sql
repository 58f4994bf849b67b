-- Statements: what a period cost.

COMMENT ON COLUMN sluice.licence_total.month IS 'of the last row';
