"""What sl_licence_decide() must answer, written a second time.

From the words of the contract, not from the C: whole numbers without limits,
Python's own addresses and calendar, a licence as a dict of the keys of
decide_table.c."""

import datetime
import functools
import ipaddress

INT64_MAX = 2**63 - 1
NONE = None
USES = ("evaluate", "research", "internal_train", "commercial_train",
        "deploy_model")
EPOCH = datetime.datetime(1970, 1, 1)
CALENDAR = 146097 * 86400 * 1000000

DEFAULT = {
    "unreadable": 0, "now": 0, "from": 0, "until": 0, "grace": 0,
    "use": "evaluate", "allow": "*", "deny": "", "networks": "*",
    "countries": "*", "layers": "*", "per": "total", "overage": 0,
    "quota_episodes": NONE, "quota_ms": NONE, "quota_bytes": NONE,
    "deliveries": 0, "needs_acceptance": 0, "has_price": 0,
    "status": "active", "accepted": 0, "released": 0, "running": 0, "max": 0,
    "used_episodes": 0, "used_ms": 0, "used_bytes": 0,
    "agreement": 0, "agreement_status": "active", "agreement_from": 0,
    "agreement_until": 0, "ceiling_episodes": NONE, "ceiling_ms": NONE,
    "ceiling_bytes": NONE, "ceiling_money": NONE, "spent_episodes": 0,
    "spent_ms": 0, "spent_bytes": 0, "spent_money": 0,
    "dataset": None, "seq": 0, "asked": None, "purpose": "", "address": None,
    "new": 0, "charge_episodes": 0, "charge_ms": 0, "charge_bytes": 0,
    "charge_money": 0,
}


@functools.lru_cache(None)
def listed(text):
    return frozenset(filter(None, text.split(",")))


@functools.lru_cache(None)
def parts(purpose):
    rest, _, country = purpose.partition("@")
    use, _, field = rest.partition("/")
    return USES.index(use or "evaluate"), field, country


@functools.lru_cache(None)
def as_v6(text):
    """An address or network as IPv6, IPv4 being mapped."""
    address, _, prefix = text.partition("/")
    address = ipaddress.ip_address(address)
    bits = int(prefix or address.max_prefixlen)
    number = int(address)
    if address.version == 4:
        number += 0xffff << 32
        bits += 96
    return number, bits


@functools.lru_cache(None)
def is_in_networks(networks, address):
    if networks == "*":
        return True
    try:
        number, _ = as_v6(address)
    except (ValueError, AttributeError):
        return False
    for network in networks.split(","):
        start, bits = as_v6(network)
        if start >> (128 - bits) == number >> (128 - bits):
            return True
    return False


def names(words, word):
    return words == "*" or word in listed(words)


@functools.lru_cache(None)
def has_layers(covered, asked):
    if asked is None or covered == "*":
        return True
    if asked == "*":
        return False
    have = listed(covered)
    return all(layer == "meta" or layer in have or
               layer.partition(".")[0] in have for layer in listed(asked))


def fits(limit, used, more):
    """What is used may be below 0, after credits."""
    return more <= 0 or limit is NONE or used + more <= limit


def quota_limit(q, name):
    if q[name] is NONE:
        return NONE
    return min(INT64_MAX, q[name] * (100 + q["overage"]) // 100)


@functools.lru_cache(None)
def month_end(now):
    """400 years later the calendar is the same."""
    cycles, now = divmod(now, CALENDAR)
    at = EPOCH + datetime.timedelta(microseconds=now)
    at = (at.replace(day=1) + datetime.timedelta(days=32)).replace(
        day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (at - EPOCH) // datetime.timedelta(microseconds=1)
    return min(INT64_MAX, end + cycles * CALENDAR)


def decide(q):
    """(codes of the failed checks, valid_until)"""
    if q["unreadable"]:
        return ["licence_unreadable"], INT64_MAX
    now = q["now"]
    grace_end = min(INT64_MAX, q["until"] + q["grace"] * 1000000)
    wants_more = any(q["charge_" + of] > 0
                     for of in ("episodes", "ms", "bytes", "money"))
    use, field, country = parts(q["purpose"])
    room = q["deliveries"] or q["max"]
    checks = [
        ("dataset_not_in_scope", q["dataset"] == "ds"),
        ("licence_revoked", q["status"] in ("active", "suspended")),
        ("licence_suspended", q["status"] != "suspended"),
        ("licence_not_yet_valid", now >= q["from"]),
        ("licence_expired", now < (q["until"] if wants_more
                                   else max(grace_end, q["until"]))),
        ("terms_not_accepted", q["accepted"] or not q["needs_acceptance"]),
        ("agreement_not_active",
         q["agreement_status"] == "active" and
         q["agreement_from"] <= now < q["agreement_until"]
         if q["agreement"] else not q["has_price"]),
        ("batch_not_released", q["seq"] <= q["released"]),
        ("layer_not_in_scope", has_layers(q["layers"], q["asked"])),
        ("use_not_granted", use <= USES.index(q["use"])),
        ("field_not_allowed",
         names(q["allow"], field) and not names(q["deny"], field)),
        ("territory_not_allowed",
         is_in_networks(q["networks"], q["address"]) and
         names(q["countries"], country)),
        ("too_many_deliveries",
         not (q["new"] and room and q["running"] + 1 > room)),
    ]
    for code, of in (("episodes", "episodes"), ("hours", "ms"),
                     ("bytes", "bytes")):
        checks.append(("quota_" + code,
                       fits(quota_limit(q, "quota_" + of), q["used_" + of],
                            q["charge_" + of])))
    for code, of in (("episodes", "episodes"), ("hours", "ms"),
                     ("bytes", "bytes"), ("money", "money")):
        checks.append(("ceiling_" + code, not q["agreement"] or
                       fits(q["ceiling_" + of], q["spent_" + of],
                            q["charge_" + of])))
    times = [q["from"], q["until"], grace_end]
    if q["agreement"]:
        times += [q["agreement_from"], q["agreement_until"]]
    if q["per"] == "month" and any(
            q["quota_" + of] is not NONE for of in ("episodes", "ms", "bytes")):
        times.append(month_end(now))
    return ([code for code, holds in checks if not holds],
            min((at for at in times if at > now), default=INT64_MAX))
