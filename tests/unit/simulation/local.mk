if HAVE_CHECK
check_PROGRAMS += tests/unit/simulation/test_simulation
TESTS += tests/unit/simulation/test_simulation
endif
tests_unit_simulation_test_simulation_SOURCES = \
	tests/unit/simulation/suites.h tests/unit/simulation/test_arm.c \
	tests/unit/simulation/test_camera.c \
	tests/unit/simulation/test_rollout.c \
	tests/unit/simulation/test_simulation.c
tests_unit_simulation_test_simulation_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(srcdir)/service/simulation
tests_unit_simulation_test_simulation_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_simulation_test_simulation_LDADD = $(simulation_libs) $(CHECK_LIBS)
