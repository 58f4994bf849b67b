"""Questions for decide: boundary values of every field, crossed group by group
in full, and drawn over all fields at once from a fixed seed."""

import itertools
import random

SECOND = 1000000
DAY = 86400 * SECOND
FROM = 1_794_000_000 * SECOND    # 2026-11-06T21:20:00Z
MONTH_END = 1_796_083_200 * SECOND  # 2026-12-01T00:00:00Z
UNTIL = FROM + 90 * DAY
MID = FROM + DAY
GRACE = 86400
I64_MIN, I64_MAX = -2**63, 2**63 - 1
U64_MAX = 2**64 - 1
NONE = None

BASE = {"from": FROM, "until": UNTIL, "now": MID, "released": 9,
        "accepted": 1, "dataset": "ds"}
AGREEMENT = {"agreement": 1, "agreement_from": FROM,
             "agreement_until": UNTIL}

AGREEMENTS = (
    {}, AGREEMENT, {**AGREEMENT, "agreement_status": "suspended"},
    {**AGREEMENT, "agreement_status": "ended"},
    {**AGREEMENT, "agreement_status": "unheard"},
    {**AGREEMENT, "agreement_from": MID}, {**AGREEMENT, "agreement_from": MID + 1},
    {**AGREEMENT, "agreement_until": MID},
    {**AGREEMENT, "agreement_until": MID + 1})
CHARGES = ({}, {"charge_episodes": 1}, {"charge_ms": 1}, {"charge_bytes": 1},
           {"charge_money": 1}, {"charge_money": -1})
NETWORKS = ("*", "10.0.0.0/8", "10.1.2.0/25,2001:db8::/33", "0.0.0.0/0",
            "::/0", "::ffff:0.0.0.0/96", "192.0.2.7/32", "2001:db8::6/127",
            "128.0.0.0/1")
ADDRESSES = (None, "", "localhost", "10.1.2.3:80", "9.255.255.255",
             "10.0.0.0", "10.1.2.127", "10.1.2.128", "10.255.255.255",
             "11.0.0.0", "::ffff:10.1.2.3", "192.0.2.6", "192.0.2.7",
             "192.0.2.8", "127.255.255.255", "128.0.0.0", "::1",
             "2001:db8::5", "2001:db8::6", "2001:db8::7", "2001:db8::8",
             "2001:db8:7fff:ffff::", "2001:db8:8000::", "2001:db9::")
LAYERS = ("*", "state", "state,video", "video.wrist", "meta", "raw,video.top")
ASKED = (None, "*", "meta", "state", "video", "video.wrist", "video.top",
         "meta,state", "state,video.wrist", "raw", "raw.imu,state")
USES = ("evaluate", "research", "internal_train", "commercial_train",
        "deploy_model")
FIELDS = ("", "retail", "logistics", "weapons")
ALLOWS = ("*", "", "retail", "logistics,retail")
DENIES = ("", "weapons", "retail", "retail,weapons", "*")
COUNTRIES = ("*", "DE", "DE,FR")
DECLARED = ("", "DE", "FR", "US")
PURPOSES = tuple(
    use + (field and "/" + field) + (country and "@" + country)
    for use in USES for field in FIELDS for country in DECLARED) + ("",)
LIMITS = (NONE, 0, 1, 10, I64_MAX)
USED = (0, 1, 9, 10, 11, I64_MAX, U64_MAX)
MORE = (0, 1, 2, I64_MAX, U64_MAX)
SEQS = (0, 4, 5, 6, 2**31 - 2, 2**32 - 1)

EVERY = {
    "unreadable": (0, 0, 0, 1),
    "now": (I64_MIN, -1, 0, FROM - 1, FROM, MID, MONTH_END - 1, MONTH_END,
            UNTIL - 1, UNTIL, UNTIL + GRACE * SECOND - 1,
            UNTIL + GRACE * SECOND, I64_MAX),
    "from": (0, FROM, MID, MID + 1), "until": (MID, MID + 1, UNTIL, I64_MAX),
    "grace": (0, 1, GRACE, 366 * 86400), "use": USES, "allow": ALLOWS,
    "deny": DENIES, "networks": NETWORKS, "countries": COUNTRIES,
    "layers": LAYERS, "per": ("total", "month"),
    "overage": (0, 1, 10, 1000), "quota_episodes": LIMITS,
    "quota_ms": LIMITS, "quota_bytes": LIMITS,
    "deliveries": (0, 1, 2, 10000), "needs_acceptance": (0, 1),
    "has_price": (0, 1),
    "status": ("active", "suspended", "revoked", "unheard"),
    "accepted": (0, 1), "released": SEQS, "running": (0, 1, 2, 2**32 - 1),
    "max": (0, 1, 2), "used_episodes": USED, "used_ms": USED,
    "used_bytes": USED, "agreement": (0, 1),
    "agreement_status": ("active", "suspended", "ended", "unheard"),
    "agreement_from": (0, MID, MID + 1),
    "agreement_until": (MID, MID + 1, I64_MAX),
    "ceiling_episodes": LIMITS, "ceiling_ms": LIMITS,
    "ceiling_bytes": LIMITS, "ceiling_money": LIMITS, "spent_episodes": USED,
    "spent_ms": USED, "spent_bytes": USED,
    "spent_money": (I64_MIN, -1, 0, 9, 10, I64_MAX),
    "dataset": (None, "", "ds", "ds2"), "seq": SEQS, "asked": ASKED,
    "purpose": PURPOSES, "address": ADDRESSES, "new": (0, 1),
    "charge_episodes": MORE, "charge_ms": MORE, "charge_bytes": MORE,
    "charge_money": (I64_MIN, -1, 0, 1, 2, I64_MAX),
}


def cross(extra=None, **lists):
    """The full product; a value that is a dict stands for several keys."""
    for values in itertools.product(*lists.values()):
        row = {**BASE, **(extra or {})}
        for key, value in zip(lists, values):
            row.update(value if isinstance(value, dict) else {key: value})
        yield row


def groups():
    yield cross(now=EVERY["now"], grace=(0, 1, GRACE), charge=CHARGES,
                agreement=AGREEMENTS, per=("total", "month"),
                quota_episodes=(NONE, 5), has_price=(0, 1))
    yield cross(status=EVERY["status"], needs_acceptance=(0, 1),
                accepted=(0, 1), agreement=AGREEMENTS[:4],
                dataset=EVERY["dataset"], unreadable=(0, 1), released=SEQS,
                seq=SEQS)
    yield cross(use=USES, allow=ALLOWS, deny=DENIES, countries=COUNTRIES,
                purpose=PURPOSES)
    yield cross(networks=NETWORKS, address=ADDRESSES, countries=COUNTRIES,
                purpose=("", "evaluate@DE", "evaluate@US"))
    yield cross(layers=LAYERS, asked=ASKED, status=EVERY["status"],
                seq=(0, 9, 10))
    yield cross(deliveries=EVERY["deliveries"], max=EVERY["max"],
                running=EVERY["running"], new=(0, 1),
                status=EVERY["status"])
    for of in ("episodes", "ms", "bytes"):
        yield cross(**{"quota_" + of: LIMITS, "used_" + of: USED,
                       "charge_" + of: MORE, "overage": (0, 1, 10, 99, 1000),
                       "per": ("total", "month")})
        yield cross(AGREEMENT, **{"ceiling_" + of: LIMITS,
                                  "spent_" + of: USED, "charge_" + of: MORE,
                                  "quota_" + of: (NONE, 10)})
    yield cross(AGREEMENT, ceiling_money=LIMITS,
                spent_money=EVERY["spent_money"],
                charge_money=EVERY["charge_money"],
                charge_episodes=(0, 1), has_price=(0, 1))
    # Which of the seven limits is passed, in every combination.
    limits = {"quota_" + of: (10, 11) for of in ("episodes", "ms", "bytes")}
    limits.update({"ceiling_" + of: (10, 11)
                   for of in ("episodes", "ms", "bytes", "money")})
    used = {key + of: 10 for key in ("used_", "spent_")
            for of in ("episodes", "ms", "bytes")}
    more = {"charge_" + of: 1 for of in ("episodes", "ms", "bytes", "money")}
    yield cross({**AGREEMENT, **used, **more, "spent_money": 10}, **limits)


def drawn(count, seed=2026):
    """Some fields of a row that is allowed are changed, often few."""
    rng = random.Random(seed)
    keys = list(EVERY)
    for _ in range(count):
        row = dict(BASE)
        if rng.random() < 0.5:
            row.update(AGREEMENT)
        for key in rng.sample(keys, rng.choice((1, 2, 3, 4, 6, 12, 40))):
            row[key] = rng.choice(EVERY[key])
        yield row


def line(row):
    """The row as decide_table reads it."""
    return " ".join(f"{key}={'none' if value is None else value}"
                    for key, value in row.items()
                    if value is not None or
                    key.startswith(("quota_", "ceiling_")))
