if HAVE_CHECK
check_PROGRAMS += tests/unit/catalog/test_catalog \
	tests/unit/catalog/test_torture
TESTS += tests/unit/catalog/test_catalog tests/unit/catalog/test_torture
endif
tests_unit_catalog_test_catalog_SOURCES = \
	tests/unit/catalog/bill.h tests/unit/catalog/bill.c \
	tests/unit/catalog/history.h tests/unit/catalog/history.c \
	tests/unit/catalog/suites.h tests/unit/catalog/test_catalog.c \
	tests/unit/catalog/test_decide.c tests/unit/catalog/test_draft.c \
	tests/unit/catalog/test_document.c \
	tests/unit/catalog/test_entry.c \
	tests/unit/catalog/test_fetch.c tests/unit/catalog/test_grant.c \
	tests/unit/catalog/test_index.c tests/unit/catalog/test_json.c \
	tests/unit/catalog/test_layer.c tests/unit/catalog/test_live.c \
	tests/unit/catalog/naive_log.h tests/unit/catalog/naive_log.c \
	tests/unit/catalog/test_checkpoint.c \
	tests/unit/catalog/test_log.c tests/unit/catalog/test_note.c \
	tests/unit/catalog/test_tile.c \
	tests/unit/catalog/test_manifest.c \
	tests/unit/catalog/test_metadata.c \
	tests/unit/catalog/test_multirange.c \
	tests/unit/catalog/test_name.c tests/unit/catalog/test_path.c \
	tests/unit/catalog/test_pin.c \
	tests/unit/catalog/test_policy.c \
	tests/unit/catalog/test_price.c \
	tests/unit/catalog/test_profile.c \
	tests/unit/catalog/test_purpose.c \
	tests/unit/catalog/test_selection.c \
	tests/unit/catalog/test_statement.c \
	tests/unit/catalog/test_terms.c \
	tests/unit/catalog/test_territory.c \
	tests/unit/catalog/test_trust.c \
	tests/unit/catalog/test_trust_verify.c \
	tests/unit/catalog/test_v1.c \
	tests/unit/catalog/test_vocabulary.c \
	tests/unit/catalog/test_where.c \
	tests/unit/catalog/test_witness.c
tests_unit_catalog_test_catalog_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_catalog_test_catalog_LDADD = $(catalog_libs) $(CHECK_LIBS)
tests_unit_catalog_test_torture_SOURCES = tests/unit/catalog/test_torture.c
tests_unit_catalog_test_torture_CFLAGS = $(AM_CFLAGS) $(CHECK_CFLAGS)
tests_unit_catalog_test_torture_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc \
	-Wl,--wrap=reallocarray,--wrap=strdup
tests_unit_catalog_test_torture_LDADD = $(catalog_libs) $(CHECK_LIBS)
TESTS += tests/unit/catalog/check_schemas
EXTRA_DIST += tests/unit/catalog/check_schemas

check_PROGRAMS += tests/unit/catalog/metadata_verdict
tests_unit_catalog_metadata_verdict_SOURCES = \
	tests/unit/catalog/metadata_verdict.c
tests_unit_catalog_metadata_verdict_LDADD = $(catalog_libs)
TESTS += tests/unit/catalog/check_metadata
EXTRA_DIST += tests/unit/catalog/check_metadata

check_PROGRAMS += tests/unit/catalog/decide_table
tests_unit_catalog_decide_table_SOURCES = tests/unit/catalog/decide_table.c
tests_unit_catalog_decide_table_LDADD = $(catalog_libs)
TESTS += tests/unit/catalog/check_decide tests/unit/catalog/check_coverage
EXTRA_DIST += tests/unit/catalog/check_decide \
	tests/unit/catalog/check_coverage tests/unit/catalog/decide_model.py \
	tests/unit/catalog/decide_rows.py

check_PROGRAMS += tests/unit/catalog/log_table
tests_unit_catalog_log_table_SOURCES = tests/unit/catalog/log_table.c \
	tests/unit/catalog/naive_log.h tests/unit/catalog/naive_log.c
tests_unit_catalog_log_table_LDADD = $(catalog_libs)
TESTS += tests/unit/catalog/check_log
EXTRA_DIST += tests/unit/catalog/check_log tests/unit/catalog/log_table.go
