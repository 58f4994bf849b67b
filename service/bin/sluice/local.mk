bin_PROGRAMS += service/bin/sluice/sluice
service_bin_sluice_sluice_SOURCES = \
	service/bin/sluice/affected.c service/bin/sluice/export.c \
	service/bin/sluice/history.c \
	service/bin/sluice/pin.c \
	service/bin/sluice/pin_key.h service/bin/sluice/pin_key.c \
	service/bin/sluice/accept.c service/bin/sluice/account.c \
	service/bin/sluice/activate.h service/bin/sluice/activate.c \
	service/bin/sluice/certify.c service/bin/sluice/commands.h \
	service/bin/sluice/compare.c \
	service/bin/sluice/confirm.h service/bin/sluice/confirm.c \
	service/bin/sluice/connect.h service/bin/sluice/connect.c \
	service/bin/sluice/count.h \
	service/bin/sluice/credentials.h service/bin/sluice/credentials.c \
	service/bin/sluice/customer_key.h service/bin/sluice/customer_key.c \
	service/bin/sluice/hint.h service/bin/sluice/hint.c \
	service/bin/sluice/licence.h service/bin/sluice/licence.c \
	service/bin/sluice/list.c service/bin/sluice/login.c \
	service/bin/sluice/main.c service/bin/sluice/plan.c \
	service/bin/sluice/pull.c service/bin/sluice/pull_run.h \
	service/bin/sluice/receipt.h service/bin/sluice/receipt.c \
	service/bin/sluice/request.c \
	service/bin/sluice/show_pull.h service/bin/sluice/show_pull.c \
	service/bin/sluice/trust_words.h service/bin/sluice/trust_words.c \
	service/bin/sluice/status.c service/bin/sluice/verify.c \
	service/bin/sluice/usage.c service/bin/sluice/bill.c \
	service/bin/sluice/watch.c \
	service/bin/sluice/wish_options.h service/bin/sluice/wish_options.c
service_bin_sluice_sluice_LDADD = $(export_libs) \
	service/command/libsl_command.a $(base_libs)
dist_man_MANS += service/bin/sluice/sluice.1
EXTRA_DIST += service/bin/sluice/README.md service/bin/sluice/.may_include
