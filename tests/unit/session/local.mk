if HAVE_CHECK
check_PROGRAMS += tests/unit/session/test_session
TESTS += tests/unit/session/test_session
endif
tests_unit_session_test_session_SOURCES = \
	tests/unit/session/test_session.h tests/unit/session/test_session.c \
	tests/unit/session/test_access.c \
	tests/unit/session/test_plan.c
tests_unit_session_test_session_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) \
	-I$(srcdir)/service/session
tests_unit_session_test_session_LDADD = $(session_libs) $(CHECK_LIBS)
