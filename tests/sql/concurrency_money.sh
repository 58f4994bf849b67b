#!/bin/bash
# Many at once where money is: two licences at one ceiling, credits against
# charges, and two admins at one licence and one agreement.
set -euo pipefail

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 -c "$1"
}
wait_all() {
	local pid

	for pid in "$@"; do
		wait "$pid"
	done
}

psql -X -q -A -t -v ON_ERROR_STOP=1 >/dev/null <<-'SQL'
	SET SESSION AUTHORIZATION test_lab;
	SELECT sluice.dataset_create('shared', 'prebuilt', 'public', 'S', '', 'x');
	SELECT t.publish('shared', (SELECT jsonb_agg(jsonb_build_object('op', 'add',
	    'number', n, 'revision', 1, 'facets', '{"duration_ms":1000}'::jsonb,
	    'layers', '{"meta":7,"state":93}'::jsonb))
	    FROM generate_series(1, 300) AS n));
	SET SESSION AUTHORIZATION test_admin;
	SELECT sluice.agreement_add('acme', name, jsonb_build_object(
	    'from', t.time('-2 days'), 'until', t.time('2 days'), 'currency', 'EUR',
	    'ceiling', '{"episodes":null,"duration_ms":null,"bytes":null,
		"money_micro":null}'::jsonb || ceiling), 'test')
	FROM (VALUES ('episodes', '{"episodes":250}'::jsonb),
		('money', '{"money_micro":300000001}'), ('open', '{}'))
	    AS v (name, ceiling);
SQL
dataset=$(sql "SELECT t.dataset('shared')")

priced="t.terms('shared') || '{\"price\":{\"per_episode\":2000000,
    \"per_hour\":1000000,\"per_month\":5000000,\"included\":{\"episodes\":3,
    \"duration_ms\":0},\"cap\":null}}'"
grant() { # agreement terms
	sql "SELECT sluice.licence_grant('acme', 'shared', $2, '$1', 'test')
	    ->> 'id'"
}

# Sixty overlapping spans of the 600 segments, in an order of its own.
charger() { # licence delivery n
	local i first

	for i in $(seq 1 60); do
		first=$(((i * (2 * $3 + 7) * 13) % 590))
		echo "SELECT outcome FROM sluice.charge('$1', 1, $dataset, 1,
		    '{[$first,$((first + 11)))}', 'c$3', '$2');"
	done | psql -X -q -A -t -v ON_ERROR_STOP=1 -U test_server >/dev/null
}

# ---- eight chargers of two licences at one ceiling ----

at_ceiling() { # agreement terms
	local first second n pids=() one two

	first=$(grant "$1" "$2")
	second=$(grant "$1" "$2")
	one=$(sql "SELECT t.lease('$first')")
	two=$(sql "SELECT t.lease('$second')")
	for n in 1 2 3 4; do
		charger "$first" "$one" "$n" &
		pids+=($!)
		charger "$second" "$two" "$((n + 4))" &
		pids+=($!)
	done
	wait_all "${pids[@]}"
}
totals() { # agreement condition what
	sql "SELECT t.ok($2, '$3') FROM sluice.agreement AS a
	    JOIN sluice.agreement_total AS u ON u.agreement = a.id
	    WHERE a.name = '$1'"
}
at_ceiling episodes "t.terms('shared')"
totals episodes 'u.used_episodes = 250' \
	'two licences use up a ceiling of episodes, and not one more'
at_ceiling money "$priced"
totals money 'u.amount_micro <= 300000001' \
	'two licences do not go beyond a ceiling of money'
totals money 'u.amount_micro > 300000001 - 2000278' \
	'and leave less than one episode costs'

# ---- credits against charges ----

licence=$(grant open "$priced")
delivery=$(sql "SELECT t.lease('$licence')")
sql "SELECT sluice.charge('$licence', 1, $dataset, 1, '{[0,40)}', '',
    '$delivery')" >/dev/null

# Four admins give the same ten credits, and the fourth part of a hundred.
creditor() { # n
	local i

	for i in $(seq 1 10); do
		echo "SELECT sluice.usage_adjust('$licence', 2, 1000000, false, NULL,
		    NULL, NULL, 'T-$i', 'test');"
	done | psql -X -q -A -t -v ON_ERROR_STOP=1 -U test_admin >/dev/null
	for i in $(seq 1 25); do
		echo "SELECT sluice.usage_adjust('$licence', 2, 500000, true, 0, 40, 1,
		    'U-$1-$i', 'test');"
	done | psql -X -q -A -t -U test_admin 2>&1 |
		grep -c '^ERROR:  credit_too_large' || :
}
pids=()
for n in 1 2 3 4; do
	charger "$licence" "$delivery" "$n" &
	pids+=($!)
	creditor "$n" >"$SL_CLUSTER/refused.$n" &
	pids+=($!)
done
wait_all "${pids[@]}"
refused=$(cat "$SL_CLUSTER"/refused.[1-4] | paste -sd+)
sql "SELECT t.is(count(*)::text, '10', 'what four admins credit is credited once')
    FROM sluice.ledger WHERE licence = '$licence' AND
	reference LIKE 'row 2 T-%'"
sql "SELECT t.is((100 - ($refused))::text, count(*)::text,
	'each admin was told of each credit whether it was given'),
    t.ok(-sum(amount_micro) * 2 <= 2 * (SELECT g.amount_micro
	FROM sluice.ledger AS g WHERE g.licence = '$licence' AND g.number = 2) -
	20000000, 'and all of them stay below what the row cost')
    FROM sluice.ledger WHERE licence = '$licence' AND
	reference LIKE 'row 2 U-%'" | tr '|' '\n'
sql "SELECT t.ok(used_episodes > 20 AND ledger_number > 40,
	'charges went on meanwhile') FROM sluice.licence_total
    WHERE licence = '$licence'"

# ---- two admins ----

# Both have read version 1; who is second is told.
amend() { # call
	{ psql -X -q -A -t -U test_admin -c "$1" 2>&1 || :; } |
		sed -n 's/^ERROR:  \([a-z_]*\):.*/\1/p; s/^{.*"version": \([0-9]*\).*/\1/p'
}
for n in 1 2; do
	amend "SELECT jsonb_build_object('version', sluice.licence_amend('$licence',
	    $priced || '{\"programme\":\"p$n\"}', 1, 'test') -> 'version')" \
		>"$SL_CLUSTER/amended.$n" &
	pids[n]=$!
done
wait_all "${pids[1]}" "${pids[2]}"
sql "SELECT t.is('$(sort "$SL_CLUSTER"/amended.[12] | paste -sd' ')',
    '2 licence_changed', 'of two admins amending one licence one wins')"
for n in 1 2; do
	amend "SELECT jsonb_build_object('version', sluice.agreement_amend('acme',
	    'open', jsonb_build_object('from', t.time('-2 days'), 'until',
	    t.time('$((n + 2)) days'), 'currency', 'EUR', 'ceiling', '{\"episodes\":null,
	    \"duration_ms\":null,\"bytes\":null,\"money_micro\":5$n}'::jsonb), 1,
	    'test') -> 'version')" >"$SL_CLUSTER/amended.$n" &
	pids[n]=$!
done
wait_all "${pids[1]}" "${pids[2]}"
sql "SELECT t.is('$(sort "$SL_CLUSTER"/amended.[12] | paste -sd' ')',
    '2 agreement_changed', 'and of two amending one agreement')"
