EXTRA_DIST += tests/support/pg-cluster tests/support/sluice-instance
