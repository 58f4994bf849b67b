noinst_LIBRARIES += service/command/libsl_command.a
service_command_libsl_command_a_SOURCES = \
	include/sluice/command/command.h service/command/program.c \
	include/sluice/command/exit.h service/command/exit.c \
	include/sluice/command/interrupt.h service/command/interrupt.c \
	include/sluice/command/progress.h service/command/progress.c \
	include/sluice/command/run.h service/command/run.c \
	include/sluice/command/settings.h service/command/settings.c \
	include/sluice/command/table.h service/command/table.c \
	include/sluice/command/value.h service/command/value.c \
	service/command/completion.h service/command/completion.c \
	service/command/help.h service/command/help.c \
	service/command/manual.h service/command/manual.c \
	service/command/run_state.h service/command/parse.c \
	service/command/text.h service/command/text.c
EXTRA_DIST += service/command/README.md service/command/.may_include
