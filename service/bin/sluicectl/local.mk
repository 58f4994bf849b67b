sbin_PROGRAMS += service/bin/sluicectl/sluicectl
service_bin_sluicectl_sluicectl_SOURCES = \
	service/bin/sluicectl/change.h \
	service/bin/sluicectl/checks.h \
	service/bin/sluicectl/commands.h \
	service/bin/sluicectl/ctl.h \
	service/bin/sluicectl/profile.h \
	service/bin/sluicectl/signed.h \
	service/bin/sluicectl/terms_options.h \
	service/bin/sluicectl/agreement.c \
	service/bin/sluicectl/audit.c \
	service/bin/sluicectl/backup.c \
	service/bin/sluicectl/change.c \
	service/bin/sluicectl/checks.c \
	service/bin/sluicectl/ctl.c \
	service/bin/sluicectl/customer.c \
	service/bin/sluicectl/dataset.c \
	service/bin/sluicectl/db.c \
	service/bin/sluicectl/key.c \
	service/bin/sluicectl/licence.c \
	service/bin/sluicectl/licence_amend.c \
	service/bin/sluicectl/licence_explain.c \
	service/bin/sluicectl/licence_grant.c \
	service/bin/sluicectl/login.c \
	service/bin/sluicectl/main.c \
	service/bin/sluicectl/policy.c \
	service/bin/sluicectl/price_options.c \
	service/bin/sluicectl/profile.c \
	service/bin/sluicectl/publisher.c \
	service/bin/sluicectl/receipt.c \
	service/bin/sluicectl/request.c \
	service/bin/sluicectl/server.c \
	service/bin/sluicectl/signed.c \
	service/bin/sluicectl/statement.c \
	service/bin/sluicectl/terms_options.c \
	service/bin/sluicectl/terms_text.c \
	service/bin/sluicectl/token.c \
	service/bin/sluicectl/token_list.c \
	service/bin/sluicectl/trust.c \
	service/bin/sluicectl/typed.c \
	service/bin/sluicectl/usage.c \
	service/bin/sluicectl/witness.c
service_bin_sluicectl_sluicectl_LDADD = \
	service/command/libsl_command.a $(store_libs)
dist_man_MANS += service/bin/sluicectl/sluicectl.8
EXTRA_DIST += service/bin/sluicectl/README.md \
	service/bin/sluicectl/.may_include
