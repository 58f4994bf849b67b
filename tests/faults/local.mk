TESTS += tests/faults/kill_client tests/faults/kill_worker \
	tests/faults/check_soak tests/faults/oracles_can_fail
EXTRA_DIST += tests/faults/README.md tests/faults/kill_client \
	tests/faults/kill_worker tests/faults/kill_pull.py \
	tests/faults/check_soak tests/faults/oracles_can_fail \
	tests/faults/soak.py tests/faults/faults.py \
	tests/faults/scenarios.py tests/faults/oracles.py \
	tests/faults/system.py tests/faults/reader.py tests/faults/shelf.py

## `make soak SECONDS=3600 SEED=7`; without a seed, a new one.
SECONDS = 600
SEED =
soak: all
	$(AM_V_at)$(AM_TESTS_ENVIRONMENT) "$(srcdir)/tests/faults/soak.py" \
		--seconds $(SECONDS) --seed "$(SEED)"
.PHONY: soak
