sbin_PROGRAMS += service/bin/sluicectl/sluicectl
service_bin_sluicectl_sluicectl_SOURCES = \
	service/bin/sluicectl/commands.h service/bin/sluicectl/ctl.h \
	service/bin/sluicectl/ctl.c service/bin/sluicectl/customer.c \
	service/bin/sluicectl/db.c service/bin/sluicectl/licence.c \
	service/bin/sluicectl/licence_grant.c service/bin/sluicectl/main.c \
	service/bin/sluicectl/publisher.c service/bin/sluicectl/report.c \
	service/bin/sluicectl/server.c service/bin/sluicectl/token.c
service_bin_sluicectl_sluicectl_LDADD = \
	service/command/libsl_command.a $(store_libs)
dist_man_MANS += service/bin/sluicectl/sluicectl.8
EXTRA_DIST += service/bin/sluicectl/README.md \
	service/bin/sluicectl/.may_include
