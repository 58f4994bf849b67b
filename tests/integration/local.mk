TESTS += tests/integration/admin/test_admin
EXTRA_DIST += tests/integration/admin/test_admin
