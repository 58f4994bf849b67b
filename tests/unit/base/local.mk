if HAVE_CHECK
check_PROGRAMS += tests/unit/base/test_base
TESTS += tests/unit/base/test_base
endif
tests_unit_base_test_base_SOURCES = tests/unit/base/suites.h \
	tests/unit/base/test_array.c \
	tests/unit/base/test_base.c tests/unit/base/test_base64.c \
	tests/unit/base/test_buf.c tests/unit/base/test_bulk.c \
	tests/unit/base/test_checked.c \
	tests/unit/base/test_clock.c tests/unit/base/test_error.c \
	tests/unit/base/test_file.c tests/unit/base/test_hex.c \
	tests/unit/base/test_log.c tests/unit/base/test_secret.c \
	tests/unit/base/test_uuid.c tests/unit/base/test_workers.c
tests_unit_base_test_base_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_base_test_base_LDADD = $(base_libs) $(CHECK_LIBS)
