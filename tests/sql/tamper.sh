#!/bin/bash
# Who has the disk can write any table.  Each invariant of sql/checks, and
# reconcile(), says nothing of a healthy system and names the row of one that
# was tampered with.
set -euo pipefail

sql() {
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

sql >/dev/null <<-'SQL'
	-- Hash the chain anew, as a forger would; `is_summed`: the totals too.
	CREATE FUNCTION t.forge(in_licence uuid, is_summed boolean) RETURNS void
	LANGUAGE plpgsql AS $$
	DECLARE
		g sluice.ledger;
		head bytea := sluice.zero_hash();
	BEGIN
		FOR g IN SELECT * FROM sluice.ledger AS x
		    WHERE x.licence = in_licence ORDER BY x.number LOOP
			g.previous := head;
			head := sha256(head || convert_to(
			    sluice.ledger_text(g, 'kitting'), 'UTF8'));
			UPDATE sluice.ledger AS x SET previous = g.previous, hash = head
			WHERE x.licence = in_licence AND x.number = g.number;
		END LOOP;
		UPDATE sluice.licence_total SET ledger_head = head
		WHERE licence = in_licence;
		IF is_summed THEN
			UPDATE sluice.licence_total AS t SET amount_micro = s.amount_micro,
			    month_amount_micro = s.amount_micro, used_bytes = s.bytes,
			    month_bytes = s.bytes
			FROM (SELECT sum(x.amount_micro) AS amount_micro,
				sum(x.bytes) AS bytes
			    FROM sluice.ledger AS x WHERE x.licence = in_licence) AS s
			WHERE t.licence = in_licence;
			UPDATE sluice.agreement_total AS u
			SET amount_micro = t.amount_micro, used_bytes = t.used_bytes
			FROM sluice.licence AS l
			JOIN sluice.licence_total AS t ON t.licence = l.id
			WHERE l.id = in_licence AND u.agreement = l.agreement;
		END IF;
	END
	$$;
	SELECT sluice.agreement_add('acme', 'frame', jsonb_build_object(
	    'from', t.time('-1 day'), 'until', t.time('1 day'), 'currency', 'EUR',
	    'ceiling', '{"episodes":9,"duration_ms":null,"bytes":99000,
		"money_micro":90000000}'::jsonb), 'test');
SQL
licence=$(sql -c "SELECT sluice.licence_grant('acme', 'kitting',
    t.terms('kitting', '{\"episodes\":3,\"bytes\":9000}') ||
    '{\"price\":{\"per_episode\":2000000,\"per_hour\":3600000,
    \"per_month\":1000000,\"included\":{\"episodes\":0,\"duration_ms\":0},
    \"cap\":null}}', 'frame', 'test') ->> 'id'")
sql -v licence="$licence" >/dev/null <<-'END'
	-- 1 fee, 2 to 4 charges, 5 credit
	SELECT t.charge(:'licence', 1, t.dataset('kitting'), 1, o::int4multirange, '')
	FROM (VALUES ('{[0,4)}'), ('{[4,6)}'), ('{[6,7)}')) AS v (o);
	SELECT sluice.usage_adjust(:'licence', 2, 500000, true, NULL, NULL, NULL,
	    'T-1', 'test');
	SELECT sluice.customer_key_add(l.customer, t.public_key('c'))
	FROM sluice.licence AS l WHERE l.id = :'licence';
	INSERT INTO sluice.receipt (licence, number, public_key, words, minisig,
	    sha256, seq, ledger_number, ledger_head, on_chain, said_at)
	SELECT g.licence, 1, replace(t.public_key('c'), E'\n', ''), 'x', 'x', 'x', 1,
	    g.number, g.hash, true, now()
	FROM sluice.ledger AS g WHERE g.licence = :'licence' AND g.number = 3;
END

# The rows of the check, and of reconcile(), after `change` in a transaction
# that is rolled back.
rows_after() { # check change
	sql -v licence="$licence" <<-END
		BEGIN;
		SET LOCAL session_replication_role = replica;
		$2;
		\\i $SL_SRCDIR/sql/checks/$1.sql
		ROLLBACK;
	END
}
reconciled_after() { # change
	sql -v licence="$licence" <<-END
		BEGIN;
		SET LOCAL session_replication_role = replica;
		$1;
		SELECT x ->> 'licence', x ->> 'number', x ->> 'agreement',
		    x ->> 'trouble'
		FROM json_array_elements(sluice.reconcile()) AS x;
		ROLLBACK;
	END
}

tampered() { # check, pattern of its row, pattern of reconcile's, change
	local rows

	rows=$(rows_after "$1" "$4" | grep -v '^$' || :)
	grep -Eq "$2" <<<"$rows" || {
		echo "not ok: $1 after $4: got '$rows', wanted $2"
		exit 1
	}
	echo "ok $1 names ${2//\\/}: $4"
	[ "$3" != - ] || return 0
	rows=$(reconciled_after "$4" | grep -v '^$' || :)
	grep -Eq "$3" <<<"$rows" || {
		echo "not ok: reconcile after $4: got '$rows', wanted $3"
		exit 1
	}
	echo "ok reconcile names ${3//\\/}"
}

for check in "$SL_SRCDIR"/sql/checks/*.sql; do
	name=$(basename "$check" .sql)
	[ -z "$(rows_after "$name" 'SELECT' | grep -v '^$' || :)" ]
	echo "ok $name says nothing of a healthy system"
done
[ "$(sql -c 'SELECT sluice.reconcile()')" = '[]' ]
echo "ok reconcile says nothing of a healthy system"

l=$licence
tampered ledger_chain "$l\\|2\\|" "$l\\|2\\|" \
	"UPDATE sluice.ledger SET bytes = bytes - 1 WHERE number = 2"
tampered ledger_chain "$l\\|4\\|" "$l\\|4\\|" \
	"DELETE FROM sluice.ledger WHERE number = 3"
tampered ledger_chain "$l\\|5\\|head" "$l\\|4\\|" \
	"DELETE FROM sluice.ledger WHERE number = 5"
tampered ledger_chain "$l\\|3\\|broken" "$l\\|3\\|\\|is older" \
	"UPDATE sluice.ledger SET at = at - interval '1 h' WHERE number = 3;
	SELECT t.forge(:'licence', false)"
tampered ledger_chain "$l\\|4\\|a row that no" - \
	"UPDATE sluice.ledger SET purpose = E'a\\nb' WHERE number = 4"
tampered ledger_held "$l\\|1\\|segments held" - \
	"UPDATE sluice.held_segments SET ordinals = ordinals - '{[3,4)}'"
tampered ledger_held "$l\\|\\|episodes held" - \
	"UPDATE sluice.held_episodes SET numbers = numbers + '{[9,10)}'"
tampered ledger_held "$l\\|1\\|a row is not" - \
	"UPDATE sluice.ledger SET bytes = 1 WHERE number = 4"
tampered ledger_totals "$l\\|\\|totals" "$l\\|5\\|\\|the totals" \
	"UPDATE sluice.licence_total SET used_bytes = used_bytes - 1"
tampered ledger_totals "$l\\|\\|totals" "$l\\|5\\|\\|the totals" \
	"UPDATE sluice.licence_total SET amount_micro = 0"
tampered ledger_totals "$l\\|\\|the month" "$l\\|5\\|\\|the totals" \
	"UPDATE sluice.licence_total SET month_episodes = 0"
tampered ledger_totals "$l\\|\\|the month" "$l\\|5\\|\\|the totals" \
	"UPDATE sluice.licence_total SET priced_duration_ms = 0"
tampered ledger_totals "\\|frame\\|the agreement" "\\|frame\\|the agreement" \
	"UPDATE sluice.agreement_total SET amount_micro = 0"
tampered ledger_totals "\\|frame\\|the agreement" "\\|frame\\|the agreement" \
	"DELETE FROM sluice.agreement_total"
# A forger who hashes anew and sums anew is given away by the arithmetic,
tampered ledger_amounts "$l\\|3\\|the amount" "$l\\|3\\|\\|costs" \
	"UPDATE sluice.ledger SET amount_micro = 1 WHERE number = 3;
	SELECT t.forge(:'licence', true)"
tampered ledger_amounts "$l\\|1\\|a fee" - \
	"UPDATE sluice.ledger SET amount_micro = 1000001 WHERE number = 1"
tampered ledger_amounts "$l\\|2\\|money" - \
	"UPDATE sluice.ledger SET currency = 'USD' WHERE number = 2"
tampered credits "$l\\|2\\|credited more" - \
	"UPDATE sluice.ledger SET amount_micro = -2001001 WHERE number = 5;
	SELECT t.forge(:'licence', true)"
tampered credits "$l\\|5\\|a credit for a row" - \
	"UPDATE sluice.ledger SET reference = 'row 7' WHERE number = 5"
tampered credits "$l\\|5\\|a credit that is none" - \
	"UPDATE sluice.ledger SET amount_micro = 5 WHERE number = 5"
tampered credits "$l\\|5\\|credits are more" - \
	"UPDATE sluice.ledger SET amount_micro = -99000000 WHERE number = 5"
tampered limits "$l\\|\\|3\\|a charge goes" - \
	"UPDATE sluice.licence_version SET terms = jsonb_set(terms,
	    '{quota,episodes}', '1')"
tampered limits "\\|frame\\|\\|the agreement" - \
	"UPDATE sluice.agreement_version SET terms = jsonb_set(terms,
	    '{ceiling,money_micro}', '1')"
# or, if he thought of everything, by what the customer signed.
tampered receipts "$l\\|1\\|3\\|the ledger" - \
	"UPDATE sluice.ledger SET reason = 'x' WHERE number = 1;
	SELECT t.forge(:'licence', true)"
tampered audit_chain "^2\\|broken" - \
	"UPDATE sluice.audit SET reason = 'y' WHERE number = 2"
