if HAVE_CHECK
check_PROGRAMS += tests/unit/loop/test_loop
TESTS += tests/unit/loop/test_loop
endif
tests_unit_loop_test_loop_SOURCES = tests/unit/loop/test_loop.c
tests_unit_loop_test_loop_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_loop_test_loop_LDADD = $(loop_libs) $(CHECK_LIBS)
