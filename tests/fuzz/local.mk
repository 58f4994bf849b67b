## Fuzzers.  See tests/fuzz/README.md for how to add one.

fuzzers =
check_LIBRARIES += tests/fuzz/libsl_driver.a
tests_fuzz_libsl_driver_a_SOURCES = tests/fuzz/fuzz.h tests/fuzz/driver.c
if FUZZERS
fuzz_main =
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_main = tests/fuzz/libsl_driver.a $(base_libs)
fuzz_ldflags = $(AM_LDFLAGS)
TESTS += $(fuzzers)
endif
check_PROGRAMS += $(fuzzers)
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/run tests/fuzz/corpus

## Build them all; run each for FUZZ_SECONDS (60), with --enable-fuzzers.
fuzzers: $(fuzzers)
fuzz: $(fuzzers)
	$(AM_V_at)$(srcdir)/tests/fuzz/run $(fuzzers)
.PHONY: fuzz fuzzers

fuzzers += tests/fuzz/fuzz_chunk
tests_fuzz_fuzz_chunk_SOURCES = tests/fuzz/fuzz_chunk.c
tests_fuzz_fuzz_chunk_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_chunk_LDADD = $(fuzz_main) $(pack_libs)

fuzzers += tests/fuzz/fuzz_end_record
tests_fuzz_fuzz_end_record_SOURCES = tests/fuzz/fuzz_end_record.c
tests_fuzz_fuzz_end_record_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_end_record_LDADD = $(fuzz_main) $(pack_libs)

fuzzers += tests/fuzz/fuzz_minisig
tests_fuzz_fuzz_minisig_SOURCES = tests/fuzz/fuzz_minisig.c
tests_fuzz_fuzz_minisig_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_minisig_LDADD = $(fuzz_main) $(crypto_libs)

fuzzers += tests/fuzz/fuzz_segment_reader
tests_fuzz_fuzz_segment_reader_SOURCES = tests/fuzz/fuzz_segment_reader.c
tests_fuzz_fuzz_segment_reader_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_segment_reader_LDADD = $(fuzz_main) $(pack_libs)

fuzzers += tests/fuzz/fuzz_parquet
tests_fuzz_fuzz_parquet_SOURCES = tests/fuzz/fuzz_parquet.c
tests_fuzz_fuzz_parquet_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_parquet_LDADD = $(fuzz_main) $(formats_libs)

fuzzers += tests/fuzz/fuzz_token
tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c
tests_fuzz_fuzz_token_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_token_LDADD = $(fuzz_main) $(crypto_libs)

fuzzers += tests/fuzz/fuzz_unpack
tests_fuzz_fuzz_unpack_SOURCES = tests/fuzz/fuzz_unpack.c
tests_fuzz_fuzz_unpack_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_unpack_LDADD = $(fuzz_main) $(pack_libs)

fuzzers += tests/fuzz/fuzz_manifest
tests_fuzz_fuzz_manifest_SOURCES = tests/fuzz/fuzz_manifest.c
tests_fuzz_fuzz_manifest_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_manifest_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_index
tests_fuzz_fuzz_index_SOURCES = tests/fuzz/fuzz_index.c
tests_fuzz_fuzz_index_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_index_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_where
tests_fuzz_fuzz_where_SOURCES = tests/fuzz/fuzz_where.c
tests_fuzz_fuzz_where_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_where_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_path
tests_fuzz_fuzz_path_SOURCES = tests/fuzz/fuzz_path.c
tests_fuzz_fuzz_path_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_path_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_terms
tests_fuzz_fuzz_terms_SOURCES = tests/fuzz/fuzz_terms.c
tests_fuzz_fuzz_terms_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_terms_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_multirange
tests_fuzz_fuzz_multirange_SOURCES = tests/fuzz/fuzz_multirange.c
tests_fuzz_fuzz_multirange_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_multirange_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_fetch
tests_fuzz_fuzz_fetch_SOURCES = tests/fuzz/fuzz_fetch.c
tests_fuzz_fuzz_fetch_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_fetch_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_http
tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c
tests_fuzz_fuzz_http_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_http_LDADD = $(fuzz_main) $(net_libs)

fuzzers += tests/fuzz/fuzz_draft
tests_fuzz_fuzz_draft_SOURCES = tests/fuzz/fuzz_draft.c
tests_fuzz_fuzz_draft_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_draft_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_media
tests_fuzz_fuzz_media_SOURCES = tests/fuzz/fuzz_media.c
tests_fuzz_fuzz_media_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_media_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_lerobot
tests_fuzz_fuzz_lerobot_SOURCES = tests/fuzz/fuzz_lerobot.c
tests_fuzz_fuzz_lerobot_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_lerobot_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_source
tests_fuzz_fuzz_source_SOURCES = tests/fuzz/fuzz_source.c
tests_fuzz_fuzz_source_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_source_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_decide
tests_fuzz_fuzz_decide_SOURCES = tests/fuzz/fuzz_decide.c
tests_fuzz_fuzz_decide_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_decide_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_bundle
tests_fuzz_fuzz_bundle_SOURCES = tests/fuzz/fuzz_bundle.c
tests_fuzz_fuzz_bundle_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_bundle_LDADD = $(fuzz_main) $(client_libs)

fuzzers += tests/fuzz/fuzz_pin
tests_fuzz_fuzz_pin_SOURCES = tests/fuzz/fuzz_pin.c
tests_fuzz_fuzz_pin_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_pin_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_policy
tests_fuzz_fuzz_policy_SOURCES = tests/fuzz/fuzz_policy.c
tests_fuzz_fuzz_policy_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_policy_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_receipt
tests_fuzz_fuzz_receipt_SOURCES = tests/fuzz/fuzz_receipt.c
tests_fuzz_fuzz_receipt_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_receipt_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_statement
tests_fuzz_fuzz_statement_SOURCES = tests/fuzz/fuzz_statement.c
tests_fuzz_fuzz_statement_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_statement_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_trust
tests_fuzz_fuzz_trust_SOURCES = tests/fuzz/fuzz_trust.c
tests_fuzz_fuzz_trust_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_trust_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_mcap
tests_fuzz_fuzz_mcap_SOURCES = tests/fuzz/fuzz_mcap.c
tests_fuzz_fuzz_mcap_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_mcap_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_licence
tests_fuzz_fuzz_licence_SOURCES = tests/fuzz/fuzz_licence.c
tests_fuzz_fuzz_licence_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_licence_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_note
tests_fuzz_fuzz_note_SOURCES = tests/fuzz/fuzz_note.c
tests_fuzz_fuzz_note_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_note_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_proof
tests_fuzz_fuzz_proof_SOURCES = tests/fuzz/fuzz_proof.c
tests_fuzz_fuzz_proof_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_proof_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_tile
tests_fuzz_fuzz_tile_SOURCES = tests/fuzz/fuzz_tile.c
tests_fuzz_fuzz_tile_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_tile_LDADD = $(fuzz_main) $(catalog_libs)

fuzzers += tests/fuzz/fuzz_cdr
tests_fuzz_fuzz_cdr_SOURCES = tests/fuzz/fuzz_cdr.c
tests_fuzz_fuzz_cdr_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_cdr_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_mcap_source
tests_fuzz_fuzz_mcap_source_SOURCES = tests/fuzz/fuzz_mcap_source.c \
	tests/support/scan_memory.h tests/support/scan_memory.c
tests_fuzz_fuzz_mcap_source_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_mcap_source_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_head
tests_fuzz_fuzz_head_SOURCES = tests/fuzz/fuzz_head.c
tests_fuzz_fuzz_head_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_head_LDADD = $(fuzz_main) $(client_libs)

fuzzers += tests/fuzz/fuzz_film
tests_fuzz_fuzz_film_SOURCES = tests/fuzz/fuzz_film.c
tests_fuzz_fuzz_film_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_film_LDADD = $(fuzz_main) $(formats_libs) -lm

fuzzers += tests/fuzz/fuzz_csv
tests_fuzz_fuzz_csv_SOURCES = tests/fuzz/fuzz_csv.c
tests_fuzz_fuzz_csv_LDFLAGS = $(fuzz_ldflags)
tests_fuzz_fuzz_csv_LDADD = $(fuzz_main) $(formats_libs) -lm
