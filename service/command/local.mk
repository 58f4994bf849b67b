EXTRA_DIST += include/sluice/command/command.h include/sluice/command/exit.h \
	include/sluice/command/interrupt.h include/sluice/command/progress.h \
	include/sluice/command/run.h include/sluice/command/settings.h \
	include/sluice/command/table.h include/sluice/command/value.h \
	service/command/README.md service/command/.may_include
