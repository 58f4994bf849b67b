if HAVE_CHECK
check_PROGRAMS += tests/unit/command/test_command
TESTS += tests/unit/command/test_command
endif
tests_unit_command_test_command_SOURCES = tests/unit/command/suites.h \
	tests/unit/command/sample_program.h \
	tests/unit/command/sample_program.c \
	tests/unit/command/test_command.c tests/unit/command/test_exit.c \
	tests/unit/command/test_output.c tests/unit/command/test_parse.c \
	tests/unit/command/test_progress.c \
	tests/unit/command/test_settings.c tests/unit/command/test_value.c
tests_unit_command_test_command_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_command_test_command_LDADD = $(command_libs) $(CHECK_LIBS)
