TESTS += tests/browser/run
EXTRA_DIST += tests/browser/README.md tests/browser/run \
	tests/browser/catalog.mjs tests/browser/package.json \
	tests/browser/package-lock.json
