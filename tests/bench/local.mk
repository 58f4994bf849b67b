## `make bench` runs each program and script below; each prints lines of
## "name value unit".  See tests/bench/README.md.
bench_programs = tests/bench/bench_pack
bench_scripts = tests/bench/bulk_cpu tests/bench/publish_ratio \
	tests/bench/figures.py tests/bench/charging.py
EXTRA_PROGRAMS += $(bench_programs)
CLEANFILES += $(bench_programs)
EXTRA_DIST += tests/bench/README.md $(bench_scripts)

bench: all $(bench_programs) tests/bench/serve_file \
	tests/bench/sluiced_uncharged
	$(AM_V_at)set -e; $(AM_TESTS_ENVIRONMENT) \
	for each in $(bench_programs); do "./$$each"; done; \
	for each in $(bench_scripts); do "$(srcdir)/$$each"; done
.PHONY: bench

tests_bench_bench_pack_SOURCES = tests/bench/bench_pack.c
tests_bench_bench_pack_LDADD = $(pack_libs)

EXTRA_PROGRAMS += tests/bench/serve_file
CLEANFILES += tests/bench/serve_file
tests_bench_serve_file_SOURCES = tests/bench/serve_file.c
tests_bench_serve_file_LDADD = $(net_libs)

## sluiced as it is, but for the charge.
EXTRA_PROGRAMS += tests/bench/sluiced_uncharged
CLEANFILES += tests/bench/sluiced_uncharged
tests_bench_sluiced_uncharged_SOURCES = tests/bench/uncharged.c \
	$(service_bin_sluiced_sluiced_SOURCES)
tests_bench_sluiced_uncharged_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=sl_store_charge,--wrap=sl_store_lease_check \
	-Wl,--wrap=sl_session_new
tests_bench_sluiced_uncharged_LDADD = $(service_bin_sluiced_sluiced_LDADD)
