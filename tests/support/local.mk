EXTRA_DIST += tests/support/instance.py tests/support/hop.py \
	tests/support/pg-cluster \
	tests/support/sluice-instance

check_PROGRAMS += tests/support/source_tool
tests_support_source_tool_SOURCES = tests/support/source_tool.c
tests_support_source_tool_LDADD = $(formats_libs) -lm
