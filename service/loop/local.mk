noinst_LIBRARIES += service/loop/libsl_loop.a
service_loop_libsl_loop_a_SOURCES = service/loop/internal.h \
	include/sluice/loop/completion.h service/loop/completion.c \
	include/sluice/loop/defer.h service/loop/defer.c \
	include/sluice/loop/io.h service/loop/io.c \
	include/sluice/loop/loop.h service/loop/loop.c \
	include/sluice/loop/signal.h service/loop/signal.c \
	include/sluice/loop/timer.h service/loop/timer.c
EXTRA_DIST += service/loop/README.md service/loop/.may_include
