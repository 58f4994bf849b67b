## `make bench` runs each program and script below; each prints lines of
## "name value unit".  See tests/bench/README.md.
bench_programs = tests/bench/bench_log tests/bench/bench_pack
bench_scripts = tests/bench/bulk_cpu tests/bench/publish_ratio \
	tests/bench/figures.py tests/bench/charging.py \
	tests/bench/parquet_ratio \
	tests/bench/following.py tests/bench/verifying.py tests/bench/mcap_ratio \
	tests/bench/ingest_memory
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
EXTRA_DIST += tests/bench/README.md $(bench_scripts)

bench: all $(bench_programs) tests/bench/serve_file \
	tests/bench/sluiced_uncharged tests/bench/sluice_unverified \
	tests/bench/mcap_file tests/interop/parquet_tool \
	tests/support/source_tool
	$(AM_V_at)set -e; $(AM_TESTS_ENVIRONMENT) \
	for each in $(bench_programs); do "./$$each"; done; \
	for each in $(bench_scripts); do "$(srcdir)/$$each"; done
.PHONY: bench

tests_bench_bench_log_SOURCES = tests/bench/bench_log.c
tests_bench_bench_log_LDADD = $(catalog_libs)

tests_bench_bench_pack_SOURCES = tests/bench/bench_pack.c
tests_bench_bench_pack_LDADD = $(pack_libs)

EXTRA_PROGRAMS += tests/bench/serve_file
CLEANFILES += tests/bench/serve_file
tests_bench_serve_file_SOURCES = tests/bench/serve_file.c
tests_bench_serve_file_LDADD = $(net_libs)

EXTRA_PROGRAMS += tests/bench/mcap_file
CLEANFILES += tests/bench/mcap_file
tests_bench_mcap_file_SOURCES = tests/bench/mcap_file.c
tests_bench_mcap_file_LDADD = $(formats_libs) -lm

## sluiced as it is, but for the charge.
EXTRA_PROGRAMS += tests/bench/sluiced_uncharged
CLEANFILES += tests/bench/sluiced_uncharged
tests_bench_sluiced_uncharged_SOURCES = tests/bench/uncharged.c \
	$(service_bin_sluiced_sluiced_SOURCES)
tests_bench_sluiced_uncharged_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=sl_store_charge,--wrap=sl_store_lease_check \
	-Wl,--wrap=sl_session_new
tests_bench_sluiced_uncharged_LDADD = $(service_bin_sluiced_sluiced_LDADD)

## sluice as it is, but for hashes and signatures.
EXTRA_PROGRAMS += tests/bench/sluice_unverified
CLEANFILES += tests/bench/sluice_unverified
tests_bench_sluice_unverified_SOURCES = tests/bench/unverified.c \
	$(service_bin_sluice_sluice_SOURCES)
tests_bench_sluice_unverified_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=sl_chunk_check,--wrap=sl_manifest_check_object \
	-Wl,--wrap=sl_verify_key_check
tests_bench_sluice_unverified_LDADD = $(service_bin_sluice_sluice_LDADD)
