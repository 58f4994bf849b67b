EXTRA_DIST += tests/support/instance.py tests/support/hop.py \
	tests/support/pg-cluster \
	tests/support/sluice-instance

check_PROGRAMS += tests/support/parquet_tool
tests_support_parquet_tool_SOURCES = tests/support/parquet_tool.c
tests_support_parquet_tool_LDADD = $(formats_libs)
