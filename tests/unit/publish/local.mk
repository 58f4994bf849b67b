if HAVE_CHECK
check_PROGRAMS += tests/unit/publish/test_publish
TESTS += tests/unit/publish/test_publish
endif
tests_unit_publish_test_publish_SOURCES = tests/unit/publish/suites.h \
	tests/unit/publish/test_match.c tests/unit/publish/test_plan.c \
	tests/unit/publish/test_publish.c
tests_unit_publish_test_publish_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/service/publish
tests_unit_publish_test_publish_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_publish_test_publish_LDADD = $(publish_libs) $(CHECK_LIBS)
