TESTS += tests/faults/kill_client tests/faults/kill_worker
EXTRA_DIST += tests/faults/README.md tests/faults/kill_client \
	tests/faults/kill_worker tests/faults/kill_pull.py
