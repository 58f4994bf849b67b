EXTRA_DIST += service/loop/README.md service/loop/.may_include \
	include/sluice/loop/child.h \
	include/sluice/loop/completion.h \
	include/sluice/loop/defer.h \
	include/sluice/loop/io.h \
	include/sluice/loop/loop.h \
	include/sluice/loop/signal.h \
	include/sluice/loop/timer.h
