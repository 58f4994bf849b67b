noinst_LIBRARIES += catalog/libsl_catalog.a
catalog_libsl_catalog_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/catalog
catalog_libsl_catalog_a_SOURCES = \
	include/sluice/catalog/checkpoint.h \
	include/sluice/catalog/decide.h \
	include/sluice/catalog/draft.h \
	include/sluice/catalog/entry.h \
	include/sluice/catalog/explain.h \
	include/sluice/catalog/facet.h \
	include/sluice/catalog/fetch.h \
	include/sluice/catalog/field.h \
	include/sluice/catalog/grant.h \
	include/sluice/catalog/index.h \
	include/sluice/catalog/json.h \
	include/sluice/catalog/layer.h \
	include/sluice/catalog/ledger.h \
	include/sluice/catalog/licence_file.h \
	include/sluice/catalog/live.h \
	include/sluice/catalog/log.h \
	include/sluice/catalog/manifest.h \
	include/sluice/catalog/metadata.h \
	include/sluice/catalog/month.h \
	include/sluice/catalog/multirange.h \
	include/sluice/catalog/name.h \
	include/sluice/catalog/note.h \
	include/sluice/catalog/odrl.h \
	include/sluice/catalog/path.h \
	include/sluice/catalog/pin.h \
	include/sluice/catalog/policy.h \
	include/sluice/catalog/price.h \
	include/sluice/catalog/profile.h \
	include/sluice/catalog/purpose.h \
	include/sluice/catalog/quota.h \
	include/sluice/catalog/receipt.h \
	include/sluice/catalog/schema.h \
	include/sluice/catalog/scope.h \
	include/sluice/catalog/selection.h \
	include/sluice/catalog/statement.h \
	include/sluice/catalog/terms.h \
	include/sluice/catalog/territory.h \
	include/sluice/catalog/tile.h \
	include/sluice/catalog/trust.h \
	include/sluice/catalog/trust_chain.h \
	include/sluice/catalog/where.h \
	include/sluice/catalog/witness.h \
	catalog/draft.c \
	catalog/draft_json.c \
	catalog/draft_strings.h catalog/draft_strings.c \
	catalog/document.h \
	catalog/index_store.h \
	catalog/intern.h \
	catalog/ledger_text.h \
	catalog/letter.h \
	catalog/metadata_schema.h \
	catalog/schema_keyword.h \
	catalog/live_store.h \
	catalog/scope_json.h \
	catalog/statement_sum.h \
	catalog/terms_json.h \
	catalog/trust_text.h \
	catalog/checkpoint.c \
	catalog/currency.c \
	catalog/decide.c \
	catalog/document.c \
	catalog/entry.c \
	catalog/explain.c \
	catalog/facet.c \
	catalog/fetch.c \
	catalog/field.c \
	catalog/grant.c \
	catalog/index.c \
	catalog/index_build.c \
	catalog/index_parse.c \
	catalog/index_write.c \
	catalog/intern.c \
	catalog/json.c \
	catalog/layer.c \
	catalog/ledger.c \
	catalog/ledger_json.c \
	catalog/letter.c \
	catalog/licence_file.c \
	catalog/live.c \
	catalog/log.c \
	catalog/log_prove.c \
	catalog/log_text.c \
	catalog/manifest.c \
	catalog/metadata.c \
	catalog/month.c \
	catalog/multirange.c \
	catalog/name.c \
	catalog/note.c \
	catalog/odrl.c \
	catalog/path.c \
	catalog/pin.c \
	catalog/pin_parse.c \
	catalog/policy.c \
	catalog/price.c \
	catalog/profile.c \
	catalog/purpose.c \
	catalog/quota.c \
	catalog/reader.h catalog/reader.c \
	catalog/receipt.c \
	catalog/schema.c \
	catalog/schema_keyword.c \
	catalog/scope.c \
	catalog/scope_json.c \
	catalog/selection.c \
	catalog/statement.c \
	catalog/statement_json.c \
	catalog/statement_sum.c \
	catalog/terms.c \
	catalog/terms_json.c \
	catalog/territory.c \
	catalog/tile.c \
	catalog/trust.c \
	catalog/trust_chain.c \
	catalog/trust_parse.c \
	catalog/trust_pin.c \
	catalog/trust_sound.c \
	catalog/trust_verify.c \
	catalog/where.c \
	catalog/witness.c
nodist_catalog_libsl_catalog_a_SOURCES = catalog/metadata_schema.c

# What ingest checks metadata against, built in.
catalog/metadata_schema.c: catalog/schema/episode.schema.json \
	service/embed
	$(AM_V_GEN)$(MKDIR_P) catalog && \
	$(SHELL) $(srcdir)/service/embed metadata_schema.h \
	    metadata_schema $(srcdir)/catalog/schema/episode.schema.json \
	    > $@.tmp && mv $@.tmp $@

BUILT_SOURCES += catalog/metadata_schema.c
CLEANFILES += catalog/metadata_schema.c
EXTRA_DIST += catalog/README.md catalog/.may_include
vocabularydir = $(pkgdatadir)/vocabulary
dist_vocabulary_DATA = catalog/vocabulary/annotation.json \
	catalog/vocabulary/consent.json catalog/vocabulary/control_mode.json \
	catalog/vocabulary/embodiment.json catalog/vocabulary/environment.json \
	catalog/vocabulary/failure_mode.json \
	catalog/vocabulary/layer.json catalog/vocabulary/modality.json \
	catalog/vocabulary/retraction.json \
	catalog/vocabulary/source.json catalog/vocabulary/success.json
schemadir = $(pkgdatadir)/schema
dist_schema_DATA = catalog/schema/episode.schema.json \
	catalog/schema/grant.schema.json catalog/schema/index.schema.json \
	catalog/schema/licence.schema.json catalog/schema/policy.schema.json \
	catalog/schema/receipt.schema.json \
	catalog/schema/statement.schema.json \
	catalog/schema/terms.schema.json
