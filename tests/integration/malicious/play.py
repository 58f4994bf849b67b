"""The list of what a malicious provider does.

A play is a function: it takes an honest provider whose customer has pulled
batches 1 and 2 of DATASET, and which has just published batch 3; it returns
the provider that the customer meets next.  It may also move the honest one on,
whom the customer meets after that."""

import copy
import time

DATASET = "gr1"
OTHER = "ur5e"
MINUTE = 60
HOUR = 3600
DAY = 86400


class Play:
    def __init__(self, function, attack, code, options):
        self.function = function
        self.name = function.__name__
        self.attack = attack
        self.code = code
        # Words, as a regular expression, that the refusal must contain.
        self.evidence = options.pop("evidence", None)
        # The customer has no mirror yet.
        self.is_first = options.pop("is_first", False)
        # The customer's machine has other mirrors of the same provider, so
        # that what it saw of trust files is known.
        self.is_second_mirror = options.pop("is_second_mirror", False)
        # More words for `sluice pull`.
        self.words = options.pop("words", ())
        assert not options


PLAYS = []


def play(attack, code, **options):
    """Register a play of an attack that must end with exit 7 and `code`."""
    def register(function):
        PLAYS.append(Play(function, attack, code, dict(options)))
        return function
    return register


def evil(good):
    """The same provider, to be changed."""
    return copy.deepcopy(good)


def edit(bad, name, change):
    """Change the content of one member of every head: `change` gives the new
    content, or None to leave the member out."""
    before = bad.change or (lambda members, ask: members)

    def members(all_members, ask):
        out = []
        for path, content in before(all_members, ask):
            if path == name:
                content = change(content)
            if content is not None:
                out.append((path, content))
        return out
    bad.change = members
    return bad


def replace(bad, name, content):
    return edit(bad, name, lambda _: content)


def now():
    return int(time.time())
