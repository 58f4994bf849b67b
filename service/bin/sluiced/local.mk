sbin_PROGRAMS += service/bin/sluiced/sluiced
service_bin_sluiced_sluiced_SOURCES = \
	service/bin/sluiced/main.c \
	service/bin/sluiced/admin.h service/bin/sluiced/admin.c \
	service/bin/sluiced/config.h service/bin/sluiced/config.c \
	service/bin/sluiced/listen.h service/bin/sluiced/listen.c \
	service/bin/sluiced/master.h service/bin/sluiced/master.c \
	service/bin/sluiced/notify.h service/bin/sluiced/notify.c \
	service/bin/sluiced/worker.h service/bin/sluiced/worker.c
service_bin_sluiced_sluiced_LDADD = $(api_libs) \
	service/command/libsl_command.a $(base_libs)
dist_man_MANS += service/bin/sluiced/sluiced.8
EXTRA_DIST += service/bin/sluiced/README.md service/bin/sluiced/.may_include
