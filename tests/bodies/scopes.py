"""More such modules: scopes within scopes, and code that reads what things are called."""

from __future__ import annotations

TEXTS = (
    # closures, nonlocal, shadowing at every depth, loops that bind late, local recursion
    """
    --- {p}.py
    total = 100
    size = 3
    def counter(start):
        count = start
        def step(by=1):
            nonlocal count
            count += by
            return count
        def peek():
            total = count * 2
            return total
        return step, peek
    def late(n):
        made = []
        for i in range(n):
            def shown(x, i=i):
                return x, i
            made.append((shown, lambda: i))
        return [(first(7), second()) for first, second in made]
    def depth(n):
        seen = []
        def down(k):
            if k:
                seen.append(k)
                size = k - 1
                down(size)
            return seen
        return down(n), size
    def mixed(a, size=2):
        total = a
        class Holder:
            total = total
            kept = size
            def read(self):
                return total, size
            def write(self, value):
                nonlocal total
                total = value
        held = Holder()
        before = held.read()
        held.write(9)
        return before, held.read(), Holder.total, Holder.kept, total
    def value():
        step, peek = counter(5)
        step()
        step(2)
        return peek(), late(2), depth(3), mixed(4), total, size
    """,
    # comprehensions in each other, walrus, for and else, del, unpacking, generators that wait
    """
    --- {p}.py
    rows = [[1, 2], [3, 4, 5]]
    x = 10
    def flat(rows):
        return [x for row in rows for x in row if x % 2], [[y * x for y in row] for row in rows]
    def found(rows):
        if any((hit := row)[0] > 2 for row in rows):
            return hit, {k: v for k, v in enumerate(hit)}, {len(r) for r in rows}
        return None
    def waits(n):
        k = 1
        lazy = (i * k for i in range(n))
        k = 10
        return list(lazy)
    def walks(rows):
        out = []
        for a, *b in rows:
            if not b:
                break
            out.append((b, a))
        else:
            out.append("all")
        first, (second, *third) = 1, (2, 3, 4)
        first, second = second, first
        del third
        for first in (first, second):
            x = first
        out += [x, second]
        return out
    def value():
        low, high = min(rows), max(rows)
        low[0], high = high[0], low
        return flat(rows), found(rows), waits(3), walks(rows), [x for x in "ab"], x, low, high
    """,
    # errors, contexts, patterns
    """
    --- {p}.py
    import contextlib
    class Gate:
        def __init__(self, name):
            self.name = name
        def __enter__(self):
            return self
        def __exit__(self, *why):
            return why[0] is KeyError
    def guarded(table, key):
        with Gate("one") as one, Gate("two") as two:
            got = table[key]
        try:
            return one.name + two.name, got
        except UnboundLocalError as error:
            return str(error)
    def tried(n):
        try:
            left = 1 // n
        except ZeroDivisionError as problem:
            shown = str(problem)
        else:
            shown = left
        finally:
            n += 1
        with contextlib.suppress(ValueError):
            n = int("x")
        return shown, n
    def asked(thing):
        match thing:
            case {"kind": kind, **rest} if rest:
                return kind, rest
            case [first, *others] | (first, others):
                kind = others
            case int() as number:
                kind = number + 1
            case other:
                kind = other
        return kind
    def late(flag):
        def inner():
            return word
        try:
            seen = inner()
        except NameError as missing:
            seen = missing.args[0]
        word = "set"
        return seen, inner()
    def value():
        return (
            guarded({1: 2}, 1), guarded({}, 1), tried(0), tried(3), late(True),
            [asked(t) for t in ({"kind": 1, "b": 2}, [1, 2, 3], 5, "s")],
        )
    """,
    # who reads names of variables
    """
    --- {p}.py
    import sys
    def shown(rows):
        low = min(rows)
        high = max(rows)
        return f"{low=} {high = }", "{low}-{high}".format(**locals())
    def looked(limit):
        table = {"limit": 1}
        other = 5
        return sorted(vars()), eval("limit + other"), sorted(table)
    def above():
        frame = sys._getframe(1)
        return sorted(frame.f_locals)
    def called():
        mine, yours = 1, 2
        return above(), called.__code__.co_varnames
    def value():
        own = 3
        return shown([3, 1]), looked(2), called(), own
    """,
    # who reads what functions are called
    """
    --- {p}.py
    TABLE = {}
    def register(function):
        TABLE[function.__name__] = function.__qualname__
        return function
    @register
    def first(x):
        return x
    @register
    def second(x):
        def inner(y):
            return y
        class Local:
            pass
        return inner.__qualname__, repr(Local), Local.__name__
    def wrong(call):
        try:
            call(1, 2, 3)
        except TypeError as error:
            return str(error)
    def value():
        made = lambda: 0
        def other(x):
            return x
        return TABLE, second(1), wrong(first), wrong(made), wrong(other), made.__name__
    """,
)
