#!/bin/bash
# Whatever locks a stranger takes, a publisher is not held up; and who was killed
# holds nothing.
set -euo pipefail

sql() { # USER COMMAND
	psql -X -q -A -t -v ON_ERROR_STOP=1 -U "$1" -c "$2"
}

until_true() { # COMMAND: poll as superuser
	local tries=0

	until [ "$(psql -X -q -A -t -c "$1")" = t ]; do
		tries=$((tries + 1))
		[ $tries -lt 500 ] || {
			echo "never true: $1"
			exit 1
		}
	done
}

count_holders="SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND
    granted AND objsubid = 1"
reserve="SELECT state FROM t.reserve('held')"
sql test_lab "SELECT sluice.dataset_create('held', 'prebuilt', 'public', 'H',
    '', 'x')" >/dev/null

# All keys that this schema ever used, held by somebody with any login.
coproc RIVAL { psql -X -q -A -t -U test_stranger; }
rival=${RIVAL_PID}
echo "SELECT pg_advisory_lock(20833, 1), pg_advisory_lock(20833, 2);
    SELECT pg_advisory_lock(20834, n) FROM generate_series(0, 99) AS n;
    SELECT 'ready';" >&"${RIVAL[1]}"
until read -r line <&"${RIVAL[0]}" && [ "$line" = ready ]; do :; done
published=$(sql test_lab "SET lock_timeout = '1s'; SELECT t.publish('held',
    '[{\"op\":\"add\",\"number\":1,\"revision\":1,\"layers\":{\"meta\":5}}]')")
[ "$published" = 1 ] && echo "ok a stranger's locks hold up no publisher"

# A stranger who waits for the key of one publisher does not inherit its place.
fifo=$(mktemp -u "${TMPDIR:-/tmp}/sluice-holders.XXXXXX")
mkfifo "$fifo"
psql -X -q -A -t -U test_lab <"$fifo" >/dev/null &
lab=$!
exec 9>"$fifo"
rm "$fifo"
echo "$reserve;" >&9
until_true "SELECT ($count_holders) = 1"
echo "SELECT pg_advisory_lock((classid::bigint << 32) | objid::bigint)
    FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1;" >&"${RIVAL[1]}"
until_true "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND
    NOT granted)"
refusal=$(sql test_lab "$reserve" 2>&1 || :)
[[ $refusal == *"publication_busy: another session is publishing held"* ]]
echo "ok a second session of the publisher is told that it is busy"
kill -KILL "$lab"
exec 9>&-
until_true "SELECT EXISTS (SELECT FROM pg_locks AS l JOIN pg_stat_activity AS a
    USING (pid) WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted
    AND a.usename = 'test_stranger')"
[ "$(sql test_lab "$reserve")" = reserved ]
echo "ok who was killed holds nothing, whoever took its key"
echo "\\q" >&"${RIVAL[1]}"
wait "$rival" || :
