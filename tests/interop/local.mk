TESTS += tests/interop/run tests/interop/run-parquet
EXTRA_DIST += tests/interop/README.md tests/interop/run \
	tests/interop/mcap.mjs tests/interop/export.mjs \
	tests/interop/package.json \
	tests/interop/package-lock.json tests/interop/run-parquet \
	tests/interop/parquet.mjs

check_PROGRAMS += tests/interop/mcap_tool
tests_interop_mcap_tool_SOURCES = tests/interop/mcap_tool.c
tests_interop_mcap_tool_LDADD = $(formats_libs) -lm

check_PROGRAMS += tests/interop/parquet_tool
tests_interop_parquet_tool_SOURCES = tests/interop/parquet_tool.c
tests_interop_parquet_tool_LDADD = $(formats_libs) -lm

check_PROGRAMS += tests/interop/parquet_damage
tests_interop_parquet_damage_SOURCES = tests/interop/parquet_damage.c
tests_interop_parquet_damage_LDADD = $(formats_libs) -lm
