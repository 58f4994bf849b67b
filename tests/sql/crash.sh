#!/bin/bash
# The postmaster is killed again and again while four chargers work.  Each asks
# again until it has an answer.  What was acknowledged is held, nothing is charged
# twice (the invariants see to that), and the chain is whole.
set -euo pipefail

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}

sql "SET SESSION AUTHORIZATION test_lab;
    SELECT sluice.dataset_create('crashed', 'prebuilt', 'public', 'C', '', 'x');
    SELECT t.publish('crashed', (SELECT jsonb_agg(jsonb_build_object('op', 'add',
	'number', n, 'revision', 1, 'facets', '{\"duration_ms\":1000}'::jsonb,
	'layers', '{\"meta\":7,\"state\":93}'::jsonb))
	FROM generate_series(1, 100) AS n))" >/dev/null
dataset=$(sql "SELECT t.dataset('crashed')")
licence=$(sql "SELECT sluice.licence_grant('acme', 'crashed',
    t.terms('crashed'), NULL, 'test') ->> 'id'")
delivery=$(sql "SELECT t.lease('$licence')")
acknowledged=$SL_CLUSTER/acknowledged
touch "$acknowledged"

# Segment by segment, in an order of its own, until there is an answer.
charger() {
	local i ordinal

	for i in $(seq 1 50); do
		ordinal=$(((i * 7 + $1 * 50) % 200))
		until psql -X -q -A -t -v ON_ERROR_STOP=1 -U test_server -c \
			"SELECT 'got $ordinal ' || outcome FROM sluice.charge(
			    '$licence', 1, $dataset, 1,
			    '{[$ordinal,$((ordinal + 1)))}', 'c$1', '$delivery')" \
			2>/dev/null | grep '^got' >>"$acknowledged"; do
			:
		done
	done
}
pids=()
for n in 1 2 3 4; do
	charger "$n" &
	pids+=($!)
done
# Each kill comes after some more answers.
for n in 1 2 3 4 5; do
	until [ "$(wc -l <"$acknowledged")" -ge $((n * 30)) ]; do
		read -rt 0.02 <> <(:) || :
	done
	"$SL_SRCDIR/tests/support/pg-cluster" kill "$SL_CLUSTER"
	"$SL_SRCDIR/tests/support/pg-cluster" start "$SL_CLUSTER" >/dev/null
done
for pid in "${pids[@]}"; do
	wait "$pid"
done

numbers=$(sed 's/^got \([0-9]*\) .*/\1/' "$acknowledged" | sort -nu | paste -sd,)
sql "SELECT t.is((h.ordinals @> n)::text, 'true', 'acknowledged, so held: ' || n)
    FROM sluice.held_segments AS h, unnest(ARRAY[$numbers]) AS n
    WHERE h.licence = '$licence'" | sed -n 1,3p
sql "SELECT t.is(sluice.size_of(h.ordinals)::text, t.ledger_number::text,
	'as many segments are held as were charged, one by one'),
    t.ok(sluice.size_of(h.ordinals) = (SELECT count(*)
	FROM unnest(ARRAY[$numbers])), 'and all of them were acknowledged')
    FROM sluice.held_segments AS h JOIN sluice.licence_total AS t
	USING (licence) WHERE licence = '$licence'" | tr '|' '\n'
