EXTRA_DIST += tests/support/pg-cluster
