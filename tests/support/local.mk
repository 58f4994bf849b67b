EXTRA_DIST += tests/support/instance.py tests/support/hop.py \
	tests/support/pg-cluster \
	tests/support/sluice-instance
