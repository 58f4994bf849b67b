"""What must hold after every fault; each function gives the sentences that say
what does not.  README.md beside this file names them."""

import re
import subprocess

RANGE = re.compile(r"\[(\d+),(\d+)\)")
ZERO = "0" * 64


def numbers_of(multirange):
    """{1,2,5} of "{[1,3),[5,6)}"."""
    return {number for first, end in RANGE.findall(multirange)
            for number in range(int(first), int(end))}


def checks(system):
    """sql/checks/*.sql: sums, natural keys, chains, held against charged."""
    done = subprocess.run(["sluicectl", "db", "check"],
                          env=system.env_of("sluicectl"), check=False,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True)
    if done.returncode != 0:
        yield f"sluicectl db check: {done.stdout}{done.stderr}"


def heads(system, accounts):
    """Every ledger head that a customer was told lies on the chain."""
    chain = {}
    for row in system.sql(
            "SELECT licence, number, encode(hash, 'hex') FROM sluice.ledger "
            f"WHERE licence IN ({names(accounts)})").splitlines():
        licence, number, head = row.split("|")
        chain[licence, int(number)] = head
    for account in accounts:
        for number, head in account.heads:
            due = chain.get((account.licence, number)) if number else ZERO
            if head != due:
                yield (f"licence {account.licence}: was told head {head} of "
                       f"row {number}, the chain has {due}")


def received(system, accounts):
    """No byte of a segment came that is not charged; no more content."""
    held = {}
    for row in system.sql(
            "SELECT licence, seq, ordinals FROM sluice.held_segments WHERE "
            f"licence IN ({names(accounts)})").splitlines():
        licence, seq, ordinals = row.split("|")
        held.setdefault(licence, set()).update(
            (int(seq), number) for number in numbers_of(ordinals))
    used = totals(system, accounts)
    for account in accounts:
        stray = [key for key in account.touched if not
                 account.shelf.segments[key].is_free and
                 key not in held.get(account.licence, ())]
        if stray:
            yield f"licence {account.licence}: came uncharged: {stray[:5]}"
        if account.verified_bytes() > used[account.licence][2]:
            yield (f"licence {account.licence}: {account.verified_bytes()} "
                   f"bytes verified, {used[account.licence][2]} charged")


def totals(system, accounts):
    """licence -> (episodes, milliseconds, bytes) used."""
    used = {}
    for row in system.sql(
            "SELECT licence, used_episodes, used_duration_ms, used_bytes FROM "
            f"sluice.licence_total WHERE licence IN ({names(accounts)})"
    ).splitlines():
        licence, *figures = row.split("|")
        used[licence] = tuple(int(figure) for figure in figures)
    return used


def receipts(system, accounts):
    """Every receipt that a customer signed lies on the chain."""
    for row in system.sql(
            "SELECT licence, number FROM sluice.receipt WHERE NOT on_chain "
            f"AND licence IN ({names(accounts)})").splitlines():
        yield f"a receipt is not on the chain: {row}"


def after_the_end(system, accounts):
    """Nothing is charged after a licence was suspended or revoked."""
    for row in system.sql(
            "SELECT g.licence, g.number FROM sluice.ledger AS g JOIN "
            "sluice.licence_event AS e ON e.licence = g.licence AND "
            "e.status <> 'active' AND g.at > e.at WHERE g.licence IN "
            f"({names(accounts)})").splitlines():
        yield f"charged after the licence's end: {row}"


def troubles(accounts):
    for account in accounts:
        for text in account.troubles:
            yield f"licence {account.licence}: {text}"


def processes(system):
    """Nobody died but by our hand, and no lock order was broken."""
    for match in re.finditer(
            r"(worker|admin)=(\d+) (died of signal (\d+)|ended with code .*),",
            system.server_log()):
        if int(match[2]) not in system.killed or match[4] != "9":
            yield f"the server lost a process: {match[0]}"
    if "deadlock detected" in system.pg_log():
        yield "PostgreSQL saw a deadlock"


def names(accounts):
    return ",".join(f"'{account.licence}'" for account in accounts)


def all_of(system, accounts):
    """The sentences of all oracles."""
    found = list(checks(system))
    for oracle in (heads, receipts, received, after_the_end):
        found += oracle(system, accounts)
    found += troubles(accounts)
    found += processes(system)
    return found
