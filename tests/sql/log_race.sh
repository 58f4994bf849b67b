#!/bin/bash
# Log signers that race with other roots for one size: one of them is kept, and
# no batch is shown without the checkpoint that covers it.
set -euo pipefail

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

sql >/dev/null <<-'END'
	SET SESSION AUTHORIZATION test_lab;
	SELECT sluice.dataset_create('raced', 'prebuilt', 'public', 'R', '', 'x');
END

signer() {
	psql -X -q -A -t -U test_log -c "SELECT (sluice.publication_log('$2', 1, $3,
	    sha256('$1'), t.note('raced', 1, $3, sha256('$1')), 'm')).state;
	    SELECT sluice.publication_show('$2') ->> 'seq'" 2>&1 || :
}
for seq in 1 2 3 4 5; do
	id=$(sql <<-END
		SET SESSION AUTHORIZATION test_lab;
		SELECT (sluice.publication_sign((t.reserve('raced')).id)).id;
		SELECT (t.seal('raced', t.reserve('raced'), jsonb_build_array(
		    jsonb_build_object('op', 'add', 'number', $seq, 'revision', 1,
		    'facets', '{"duration_ms":1}'::jsonb,
		    'layers', '{"meta":7}'::jsonb)))).state \g /dev/null
	END
	)
	pids=()
	for n in 1 2 3 4 5 6; do
		signer "$n" "$id" "$seq" >"$SL_CLUSTER/signer.$n" &
		pids+=($!)
	done
	wait "${pids[@]}"
	echo "SELECT t.is('$(cat "$SL_CLUSTER"/signer.? | grep -c '^logged$\|^visible$')',
	    '1', 'one of six signers of size $seq logs');
	    SELECT t.is('$(cat "$SL_CLUSTER"/signer.? | grep -c log_forked)', '5',
	    'the others are told of a fork');" | sql
done
sql -c "SELECT t.is(string_agg(DISTINCT n::text, ' ') || ' ' || max(size), '1 5',
    'each size has one root') FROM (SELECT count(*) AS n, max(c.size) AS size
	FROM sluice.checkpoint AS c WHERE c.dataset = t.dataset('raced')
	GROUP BY c.size) AS x"
