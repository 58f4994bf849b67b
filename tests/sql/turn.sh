#!/bin/bash
# Nobody who may change something keeps the others from changing anything: who
# stays in a transaction that has the turn of the audit log or of the events is
# ended, whatever it sets for its session.
set -euo pipefail
trap '' PIPE # of sessions that are gone

# The waits are short here.
psql -X -q -c "ALTER FUNCTION sluice.turn_take(text) SET lock_timeout = '400ms'"

sql() { # USER COMMAND
	psql -X -q -A -t -v ON_ERROR_STOP=1 -U "$1" -c "$2"
}

# Opens a session on fd 9 that runs STATEMENTS and stays; its pid is $keeper.
keep() { # USER STATEMENTS
	local pid

	fifo=$(mktemp -u "${TMPDIR:-/tmp}/sluice-turn.XXXXXX")
	mkfifo "$fifo"
	psql -X -q -A -t -U "$1" <"$fifo" >"$fifo.out" 2>&1 &
	keeper=$!
	exec 9>"$fifo"
	rm "$fifo"
	echo "SET statement_timeout = 0; SET lock_timeout = 0;
	    SET idle_in_transaction_session_timeout = 0; $2
	    SELECT 'kept';" >&9
	until grep -q kept "$fifo.out"; do
		kill -0 "$keeper"
		sleep 0.02
	done
}

# The session on fd 9 is gone, and what it did.
is_ended() { # DATASET
	echo "COMMIT;" >&9 || :
	if wait "$keeper"; then
		return 1
	fi
	exec 9>&-
	grep -q 'terminating connection' "$fifo.out"
	rm "$fifo.out"
	[ "$(psql -X -q -A -t -c "SELECT count(*) FROM sluice.dataset
	    WHERE name = '$1'")" = 0 ]
}

create() { # NAME
	echo "SELECT sluice.dataset_create('$1', 'prebuilt', 'public', 'T', '', 'x')"
}

keep test_lab "BEGIN; $(create kept-a);"
sql test_rival "$(create turn-a)" >/dev/null
is_ended kept-a
echo "ok an idle transaction does not keep the audit log's turn"

# The lock that a savepoint leaves to its transaction.
keep test_lab "BEGIN; SAVEPOINT s; $(create kept-b); RELEASE s;"
sql test_rival "$(create turn-b)" >/dev/null
is_ended kept-b
echo "ok nor does one behind a savepoint"

# One that is busy, while several wait.
keep test_lab "BEGIN; $(create kept-c);"
echo "SELECT pg_sleep(600);" >&9
waiters=()
for name in c d e f; do
	sql test_rival "$(create "turn-$name")" >/dev/null &
	waiters+=($!)
done
for pid in "${waiters[@]}"; do
	wait "$pid"
done
is_ended kept-c
echo "ok nor does one that is busy, and all who waited go on"

# The audit log is whole, and a turn that is given back in time ends nobody.
keep test_lab "BEGIN; $(create kept-g);"
sql test_rival "$(create turn-g)" >/dev/null &
waiter=$!
until [ "$(psql -X -q -A -t -c "SELECT count(*) FROM pg_locks
    WHERE relation = 'sluice.turn_audit'::regclass AND NOT granted")" = 1 ]; do
	sleep 0.02
done
echo "COMMIT;" >&9
exec 9>&-
wait "$waiter" "$keeper"
rm "$fifo.out"
[ "$(sql test_auditor "SELECT sluice.audit_verify() ->> 'whole'")" = true ]
[ "$(psql -X -q -A -t -c "SELECT count(*) FROM sluice.dataset
    WHERE name IN ('kept-g', 'turn-g')")" = 2 ]
echo "ok who gives it back in time is let be"

# Who may not be ended is named.
refused() { # WORDS
	local said

	if said=$(sql test_rival "$(create turn-h)" 2>&1); then
		return 1
	fi
	[[ "$said" == *"$1"* ]]
}
give_back() {
	echo "ROLLBACK;" >&9
	exec 9>&-
	wait "$keeper"
	rm "$fifo.out"
}
super=$(psql -X -q -A -t -c 'SELECT current_user')
keep "$super" "BEGIN; LOCK TABLE sluice.turn_audit IN EXCLUSIVE MODE;"
refused "a session of $super"
give_back
for role in pg_signal_backend pg_read_all_stats; do
	sql "$super" "REVOKE $role FROM sluice_owner"
	keep test_lab "BEGIN; $(create kept-h);"
	refused 'sluice_owner may not end it (see sluicectl db init)'
	give_back
	sql "$super" "GRANT $role TO sluice_owner"
done
sql test_rival "$(create turn-h)" >/dev/null
echo "ok who may not be ended is named"

# Nobody else can take the lock.
for user in test_server test_admin test_auditor test_lab test_log test_stranger; do
	for mode in 'ROW SHARE' 'EXCLUSIVE'; do
		if sql $user "BEGIN; LOCK TABLE sluice.turn_audit IN $mode MODE" \
			>/dev/null 2>&1; then
			echo "$user takes the lock: $mode"
			exit 1
		fi
	done
done
echo "ok no login can lock a turn by itself"
