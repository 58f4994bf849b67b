TESTS += tests/parquet/run
EXTRA_DIST += tests/parquet/README.md tests/parquet/run \
	tests/parquet/compare.mjs tests/parquet/package.json
