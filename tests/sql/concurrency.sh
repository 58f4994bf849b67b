#!/bin/bash
# Eight chargers share one licence whose quota is smaller than what they want:
# never one episode or byte too many, nothing twice, the chain whole.
set -euo pipefail

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}

psql -X -q -A -t -v ON_ERROR_STOP=1 >/dev/null <<-'END'
	SET SESSION AUTHORIZATION test_lab;
	SELECT sluice.dataset_create('shared', 'prebuilt', 'public', 'S', '', 'x');
	SELECT t.publish('shared', (SELECT jsonb_agg(jsonb_build_object('op', 'add',
	    'number', n, 'revision', 1, 'facets', '{"duration_ms":1000}'::jsonb,
	    'layers', '{"meta":7,"state":93}'::jsonb))
	    FROM generate_series(1, 300) AS n));
END
dataset=$(sql "SELECT t.dataset('shared')")
licence=$(sql "SELECT sluice.licence_grant('acme', 'shared', t.terms('shared',
    '{\"episodes\":200,\"bytes\":19950}'), NULL, 'test') ->> 'id'")

delivery=$(sql "SELECT t.lease('$licence')")

# Each asks for overlapping spans of 600 segments, in an order of its own.
charger() {
	local i first

	for i in $(seq 1 60); do
		first=$(((i * (2 * $1 + 7) * 13) % 590))
		echo "SELECT outcome FROM sluice.charge('$licence', 1, $dataset, 1,
		    '{[$first,$((first + 11)))}', 'c$1', '$delivery');"
	done | psql -X -q -A -t -v ON_ERROR_STOP=1 -U test_server >/dev/null
}
pids=()
for n in 1 2 3 4 5 6 7 8; do
	charger "$n" &
	pids+=($!)
done
for pid in "${pids[@]}"; do
	wait "$pid"
done

sql "SELECT t.ok(used_episodes <= 200 AND used_bytes <= 19950,
	'the quota is never exceeded'),
    t.ok(used_episodes >= 199 AND used_bytes > 19000,
	'and is used to the end')
    FROM sluice.licence_total WHERE licence = '$licence'" | tr '|' '\n'

# A publisher that shows a batch while customers charge and subscribers read.
sql "SELECT t.ok(count(*) = max(id), 'event ids are dense')
    FROM sluice.event"
