bin_PROGRAMS += service/bin/sluice-publish/sluice-publish
service_bin_sluice_publish_sluice_publish_SOURCES = \
	service/bin/sluice-publish/bundle.c \
	service/bin/sluice-publish/bundle_file.h \
	service/bin/sluice-publish/bundle_file.c \
	service/bin/sluice-publish/ask.c service/bin/sluice-publish/ask.h \
	service/bin/sluice-publish/ceremony.c \
	service/bin/sluice-publish/commands.h \
	service/bin/sluice-publish/dataset.c \
	service/bin/sluice-publish/draft.c \
	service/bin/sluice-publish/ingest.c \
	service/bin/sluice-publish/key.c \
	service/bin/sluice-publish/key_change.c \
	service/bin/sluice-publish/key_list.c \
	service/bin/sluice-publish/log.c \
	service/bin/sluice-publish/log_key.h \
	service/bin/sluice-publish/main.c \
	service/bin/sluice-publish/offline.c \
	service/bin/sluice-publish/offline.h \
	service/bin/sluice-publish/place.c service/bin/sluice-publish/place.h \
	service/bin/sluice-publish/publish.c \
	service/bin/sluice-publish/publish_run.h \
	service/bin/sluice-publish/release.c \
	service/bin/sluice-publish/release.h \
	service/bin/sluice-publish/retract.c \
	service/bin/sluice-publish/sign.c \
	service/bin/sluice-publish/simulate.c \
	service/bin/sluice-publish/status.c \
	service/bin/sluice-publish/trust.c \
	service/bin/sluice-publish/trust_file.c \
	service/bin/sluice-publish/trust_file.h \
	service/bin/sluice-publish/trust_next.c \
	service/bin/sluice-publish/trust_next.h
service_bin_sluice_publish_sluice_publish_LDADD = \
	service/command/libsl_command.a service/ingest/libsl_ingest.a \
	service/simulation/libsl_simulation.a \
	service/formats/libsl_formats.a service/publish/libsl_publish.a \
	$(session_libs) $(SNAPPY_LIBS) $(LZ4_LIBS) $(DEFLATE_LIBS) \
	$(BROTLI_LIBS) -lm
dist_man_MANS += service/bin/sluice-publish/sluice-publish.1 \
	service/bin/sluice-publish/sluice-trust.7
EXTRA_DIST += service/bin/sluice-publish/README.md \
	service/bin/sluice-publish/.may_include
