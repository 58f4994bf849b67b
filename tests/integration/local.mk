TESTS += tests/integration/admin/test_admin
EXTRA_DIST += tests/integration/admin/test_admin
TESTS += tests/integration/ingest/test_ingest \
	tests/integration/publish/test_publish
EXTRA_DIST += tests/integration/ingest/test_ingest \
	tests/integration/publish/publisher.py \
	tests/integration/publish/test_publish
