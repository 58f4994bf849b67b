if HAVE_CHECK
check_PROGRAMS += tests/unit/api/test_api
TESTS += tests/unit/api/test_api
endif
tests_unit_api_test_api_SOURCES = tests/unit/api/test_api.c
tests_unit_api_test_api_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	-I$(srcdir)/service/api
tests_unit_api_test_api_LDADD = $(api_libs) $(CHECK_LIBS)
