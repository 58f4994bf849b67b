"""Statements as the provider's billing would sign them, right and wrong.

The publisher's key stands for the billing key, and a customer's licence costs
money: the parts come from PostgreSQL, lines and total are added up here.
"""

import copy
import datetime
import hashlib
import json
import os
from decimal import ROUND_HALF_EVEN, Decimal

from forger import Key

FIELDS = ("licence number at kind licence_version dataset seq ordinals numbers "
          "episodes duration_ms bytes purpose currency price amount_micro "
          "reference reason").split()
PRICE = {"per_episode": 2500000, "per_hour": 90000000, "per_month": 0,
         "included": {"episodes": 1, "duration_ms": 0}, "cap": None}
ORDER = ("version type licence customer dataset agreement currency period "
         "opening rows closing lines total issued").split()


def terms(dataset, **changes):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"version": 1, "dataset": dataset, "class": "standard",
            "programme": "", "layers": ["*"], "where": "",
            "window": {"from": 1, "until": None},
            "term": {"from": "2026-01-01T00:00:00Z",
                     "until": f"{now.year + 1}-12-31T00:00:00Z",
                     "grace_s": 0},
            "use": "commercial_train",
            "fields": {"allow": ["*"], "deny": []},
            "territory": {"networks": ["*"], "countries": ["*"]},
            "quota": {"episodes": None, "duration_ms": None, "bytes": None,
                      "per": "total", "overage_percent": 0},
            "deliveries": None, "on_expiry": {"duty": "none", "days": 30},
            "text": {"sha256": None, "acceptance": "none"},
            "price": None} | changes


def quoted(value):
    text = value if isinstance(value, str) else json.dumps(value)
    return "'" + text.replace("'", "''") + "'"


def grant(box, customer, dataset, agreement=None, **changes):
    """A licence with these terms, as an admin would give it; its id."""
    name = "NULL" if agreement is None else quoted(agreement)
    return json.loads(box.sql(
        f"SELECT sluice.licence_grant({quoted(customer)}, {quoted(dataset)}, "
        f"{quoted(terms(dataset, **changes))}, {name}, 'test')"))["id"]


def agreement(box, customer, name):
    box.sql(f"SELECT sluice.agreement_add({quoted(customer)}, {quoted(name)}, "
            + quoted({"from": "2026-01-01T00:00:00Z",
                      "until": "2028-12-31T00:00:00Z", "currency": "EUR",
                      "ceiling": {"episodes": None, "duration_ms": None,
                                  "bytes": None, "money_micro": None}})
            + ", 'test')")


def rounded(micro):
    return str((Decimal(micro) / 1000000).quantize(Decimal("0.01"),
                                                   ROUND_HALF_EVEN))


def row_hash(row):
    text = "".join(str(row[field]) + "\n" for field in FIELDS)
    return hashlib.sha256(bytes.fromhex(row["previous"]) +
                          ("sluice-ledger/v1\n" + text).encode()).hexdigest()


class Statement:
    def __init__(self, box, licence, folder):
        month = box.sql("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM')")
        parts = json.loads(box.sql(
            f"SELECT sluice.statement('{licence}', '{month}')"))
        self.body = {key: parts.get(key) for key in ORDER}
        self.folder = folder
        self.key = Key(box, "default")
        self.sum()

    def copy(self):
        other = copy.copy(self)
        other.body = copy.deepcopy(self.body)
        return other

    @property
    def rows(self):
        return self.body["rows"]

    def sum(self):
        """Lines and total of the rows as they are."""
        lines = []
        for kind in ("charge", "fee", "credit"):
            rows = [row for row in self.rows if row["kind"] == kind]
            if not rows:
                continue
            line = {"kind": kind, "programme": ""}
            for key in ("episodes", "duration_ms", "bytes", "amount_micro"):
                line[key] = sum(row[key] for row in rows)
            line["amount"] = rounded(line["amount_micro"])
            lines.append(line)
        total = {key: sum(line[key] for line in lines)
                 for key in ("episodes", "duration_ms", "bytes")}
        total["amount"] = str(sum((Decimal(line["amount"]) for line in lines),
                                  Decimal("0.00")))
        self.body["lines"] = lines
        self.body["total"] = total

    def chain(self):
        """Hash the rows again, as one who lies well would."""
        head = self.body["opening"]["head"]
        number = self.body["opening"]["number"]
        for row in self.rows:
            number += 1
            row["number"] = number
            row["previous"] = head
            head = row["hash"] = row_hash(row)
        self.body["closing"] = {"number": number, "head": head}
        self.sum()

    def write(self, name="statement.json"):
        """Sign it; the path."""
        path = os.path.join(self.folder, name)
        text = json.dumps(self.body, separators=(",", ":")).encode() + b"\n"
        with open(path, "wb") as file:
            file.write(text)
        with open(path + ".minisig", "wb") as file:
            file.write(self.key.minisig(text, b"sluice-statement/v1"))
        return path
