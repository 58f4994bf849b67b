## The schema itself, through psql against a private cluster.
TESTS += tests/sql/run
EXTRA_DIST += tests/sql/run tests/sql/fixture.sql tests/sql/charge.sql
