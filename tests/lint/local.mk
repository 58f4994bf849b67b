lint_gates = tests/lint/banned tests/lint/cases tests/lint/cppcheck \
	tests/lint/format \
	tests/lint/gates_can_fail tests/lint/headers tests/lint/layers \
	tests/lint/manuals tests/lint/shell tests/lint/sizes \
	tests/lint/tidy tests/lint/tree
TESTS += $(lint_gates)
EXTRA_DIST += $(lint_gates) tests/lint/README.md tests/lint/source_tree.py \
	tests/lint/analyzer_model.h \
	tests/lint/selftest
clean-local: clean-lint
clean-lint:
	rm -rf tests/lint/tidy.cache tests/lint/cppcheck.cache
.PHONY: clean-lint
