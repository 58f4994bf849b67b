TESTS += tests/interop/run
EXTRA_DIST += tests/interop/README.md tests/interop/run \
	tests/interop/mcap.mjs tests/interop/package.json \
	tests/interop/package-lock.json

check_PROGRAMS += tests/interop/mcap_tool
tests_interop_mcap_tool_SOURCES = tests/interop/mcap_tool.c
tests_interop_mcap_tool_LDADD = $(formats_libs) -lm
