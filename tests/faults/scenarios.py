"""What customers do while faults happen.  A scenario starts, ends by itself
whatever is done to the server, and then says what the ledger must show."""

import shutil
import subprocess

from instance import Failed, wait_for
from oracles import heads, totals
from reader import Account, Reader

ROUND_S = 90


class Scenario:
    """Readers on licences; `due` maps a licence to what must be charged."""

    def __init__(self, system, chooser):
        self.system = system
        self.chooser = chooser
        self.accounts = []
        self.readers = []
        self.due = {}
        self.make()

    def account(self, dataset, *terms):
        licence = self.system.grant(dataset, *terms)
        account = Account(licence, self.system.token,
                          self.system.shelves[dataset])
        self.accounts.append(account)
        return account

    def read(self, account, count, **options):
        for _ in range(count):
            self.readers.append(Reader(self.system, account, self.chooser,
                                       **options))

    def start(self):
        for reader in self.readers:
            reader.start()

    def is_over(self):
        return not any(reader.is_alive() for reader in self.readers)

    def finish(self):
        wait_for(self.is_over, f"{self.name} to end", ROUND_S)

    def stop(self):
        for reader in self.readers:
            reader.gone.set()
            reader.break_off()

    def check(self):
        """What is charged is what was wanted, each once."""
        used = totals(self.system, self.accounts)
        for licence, due in self.due.items():
            if used[licence] != due:
                yield (f"licence {licence}: charged {used[licence]}, "
                       f"due {due}")


class Parallel(Scenario):
    """Eight deliveries at a time on one licence, all wanting everything."""
    name = "parallel"

    def make(self):
        account = self.account("small")
        self.read(account, 8)
        self.due[account.licence] = account.shelf.total()


class Several(Scenario):
    """Four licences of one customer."""
    name = "several"

    def make(self):
        for _ in range(4):
            account = self.account("small")
            self.read(account, 2, portion=3)
            self.due[account.licence] = account.shelf.total()


class Quota(Scenario):
    """A quota that runs out under six readers."""
    name = "quota"

    def make(self):
        self.episodes = self.chooser.randint(1, 39)
        if self.chooser.random() < 0.5:
            terms = ("--quota-episodes", self.episodes)
            self.bytes = None
        else:
            self.bytes = self.chooser.randint(10000, 300000)
            self.episodes = None
            terms = ("--quota-bytes", self.bytes)
        account = self.account("small", *terms)
        self.read(account, 6, finals=("quota_episodes", "quota_bytes"))

    def check(self):
        used = totals(self.system, self.accounts)[self.accounts[0].licence]
        if self.bytes is not None and used[2] > self.bytes:
            yield f"{used[2]} bytes charged, the quota is {self.bytes}"
        # Who walks over all episodes ends exactly at the quota.
        if self.episodes is not None and used[0] != self.episodes:
            yield f"{used[0]} episodes charged, the quota is {self.episodes}"


class Ceiling(Scenario):
    """Two licences, eight readers, one agreement's ceiling, which runs out; in
    episodes, bytes or money."""
    name = "ceiling"
    PRICE = 1_500_000

    def make(self):
        self.kind = self.chooser.choice(("episodes", "bytes", "money_micro"))
        self.limit = {
            "episodes": self.chooser.randint(1, 79),
            "bytes": self.chooser.randint(10000, 600000),
            "money_micro": self.chooser.randint(0, 79 * self.PRICE),
        }[self.kind]
        self.agreement = self.system.agree({self.kind: self.limit})
        for _ in range(2):
            licence = self.system.grant_priced("small", self.agreement,
                                               self.PRICE)
            account = Account(licence, self.system.token,
                              self.system.shelves["small"])
            self.accounts.append(account)
            self.read(account, 4, finals=(
                "ceiling_episodes", "ceiling_bytes", "ceiling_money"))

    def check(self):
        used = totals(self.system, self.accounts).values()
        sums = tuple(sum(figures) for figures in zip(*used))
        shared = self.system.sql(
            "SELECT u.used_episodes, u.used_duration_ms, u.used_bytes, "
            "u.amount_micro FROM sluice.agreement_total AS u JOIN "
            "sluice.agreement AS a ON a.id = u.agreement WHERE a.name = "
            f"'{self.agreement}'")
        *together, money = (int(figure) for figure in shared.split("|"))
        if tuple(together) != sums:
            yield f"the agreement says {together}, its licences {sums}"
        if money != self.PRICE * sums[0]:
            yield f"{sums[0]} episodes are {money} micro-units"
        # Who walks over all episodes ends exactly at the ceiling.
        if self.kind == "episodes" and sums[0] != self.limit:
            yield f"{sums[0]} episodes, the ceiling is {self.limit}"
        if self.kind == "bytes" and sums[2] > self.limit:
            yield f"{sums[2]} bytes, the ceiling is {self.limit}"
        if self.kind == "money_micro" and \
                money != self.limit // self.PRICE * self.PRICE:
            yield f"{money} micro-units, the ceiling is {self.limit}"


class Big(Scenario):
    """Long deliveries of several tranches."""
    name = "big"

    def make(self):
        account = self.account("big")
        self.read(account, 2, portion=1000)
        self.due[account.licence] = account.shelf.total()


class Pulls(Scenario):
    """Two mirrors made by the real client, run again until they are whole."""
    name = "pulls"

    def make(self):
        self.mirrors = []
        for number in range(2):
            account = self.account("small")
            self.due[account.licence] = account.shelf.total()
            self.mirrors.append(
                [self.system.folder / f"mirror-{number}", account, None])

    def start(self):
        for entry in self.mirrors:
            self.restart(entry)

    def restart(self, entry):
        mirror, account, _ = entry
        entry[2] = self.system.start_pull("small", mirror, account.licence)

    def is_over(self):
        over = True
        for entry in self.mirrors:
            code = entry[2].poll()
            if code is None:
                over = False
            elif code != 0:
                self.take_failure(entry, code)
                over = False
        return over

    def take_failure(self, entry, code):
        words = entry[2].stderr.read().decode(errors="replace")
        # Killed, gave up waiting, or refused while a clock is wrong: any other
        # end is one too many.
        if code not in (-9, 8, 9) and not any(
                passing in words for passing in self.system.passing):
            raise Failed(f"pull ended with {code}: {words}")
        entry[1].count(f"pull exit {code}")
        self.restart(entry)

    def stop(self):
        for entry in self.mirrors:
            entry[2].kill()

    def check(self):
        yield from super().check()
        for mirror, account, _ in self.mirrors:
            yield from self.check_heads(mirror, account)
            done = subprocess.run(
                ["sluice", "verify", mirror], env=self.system.env_of("sluice"),
                check=False, capture_output=True, text=True)
            if done.returncode != 0:
                yield f"the mirror does not verify: {done.stderr}"
            same = subprocess.run(
                ["diff", "-r", "-x", ".sluice", "-x", "episodes.jsonl",
                 self.system.folder / "small-source", mirror], check=False,
                capture_output=True, text=True)
            if same.returncode != 0:
                yield f"the mirror differs: {same.stdout[:500]}"
            shutil.rmtree(mirror)


    def check_heads(self, mirror, account):
        """What the client kept of the ledger lies on the chain, too."""
        folder = mirror / ".sluice" / "ledger"
        if list(folder.glob("*.fork-*")):
            yield "the client was told two heads for one row"
        kept = folder / f"{account.licence}.heads"
        if not kept.exists():
            yield "the client kept no heads"
            return
        for line in kept.read_text().splitlines():
            number, head, *_ = line.split(" ")
            account.heads.add((int(number), head))
        yield from heads(self.system, [account])
        account.codes["receipts"] = int(self.system.sql(
            "SELECT count(*) FROM sluice.receipt WHERE licence = "
            f"'{account.licence}'"))


ALL = (Parallel, Several, Quota, Ceiling, Big, Pulls)
