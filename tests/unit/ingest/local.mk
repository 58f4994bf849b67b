if HAVE_CHECK
check_PROGRAMS += tests/unit/ingest/test_ingest
TESTS += tests/unit/ingest/test_ingest
endif
tests_unit_ingest_test_ingest_SOURCES = tests/unit/ingest/suites.h \
	tests/unit/ingest/test_crew.c tests/unit/ingest/test_draft_store.c \
	tests/unit/ingest/test_file_cache.c tests/unit/ingest/test_ingest.c \
	tests/unit/ingest/test_object_copy.c \
	tests/unit/ingest/test_scan_cache.c
tests_unit_ingest_test_ingest_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/service/ingest
tests_unit_ingest_test_ingest_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_ingest_test_ingest_LDADD = $(ingest_libs) $(CHECK_LIBS)
