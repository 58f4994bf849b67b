if HAVE_CHECK
check_PROGRAMS += tests/unit/objects/test_objects
TESTS += tests/unit/objects/test_objects
endif
tests_unit_objects_test_objects_SOURCES = tests/unit/objects/test_objects.c
tests_unit_objects_test_objects_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_objects_test_objects_LDADD = $(objects_libs) $(CHECK_LIBS)
