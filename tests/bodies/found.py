"""What hunts for wrong hits have found: files, and an edit of one of them, as small as they go."""

from __future__ import annotations

from bodies.fragments import Files

_LEVEL = {"base.py": "LEVEL = 1\n", "patch.py": "import base\nbase.LEVEL = 2\n"}
_ONE = {**_LEVEL, "one.py": "from base import LEVEL\n"}
_BOTH = {**_ONE, "two.py": "from base import LEVEL\n"}
_REPLACING = (
    ("a method", "base.__setattr__('LEVEL', 2)\n"),
    ("a function", "def go(module): module.LEVEL = 2\ngo(base)\n"),
    ("another name", "def go():\n    module = base\n    module.LEVEL = 2\ngo()\n"),
)
_PI = {"patch.py": "import math\nmath.pi = 3\n"}
_VALUE = "def value(): return LEVEL\n"
_TAG = (
    "import base\ndef tag(x):\n    def wrap(f):\n        def inner(): return x\n"
    "        return inner\n    return wrap\n"
)
_TRIED = "try:\n    from base import LEVEL\nexcept ImportError:\n    pass\n"


def _swapped(first: str, second: str, end: str, begin: str = "") -> tuple[str, str]:
    return f"{begin}{first}\n{second}\n{end}", f"{begin}{second}\n{first}\n{end}"


def _gone(through: str) -> str:
    return f"I = iter([1, 2])\nJ = I\n{through}\ndef value(): return list(J)\n"


# What it is by, other files, and `part.py` before and after.
ORDERS: tuple[tuple[str, Files, str, str], ...] = (
    (
        "a third module",
        _ONE,
        *_swapped("import one", "import patch", f"from one import LEVEL\n{_VALUE}"),
    ),
    (
        "one of two modules",
        _BOTH,
        "import one\nimport patch\nimport two\ndef value(): return one.LEVEL - two.LEVEL\n",
        "import two\nimport patch\nimport one\ndef value(): return one.LEVEL - two.LEVEL\n",
    ),
    (
        "the other of two modules",
        _BOTH,
        f"import one\nimport patch\nimport two\nfrom one import LEVEL\n{_VALUE}",
        f"import one\nimport patch\nimport two\nfrom two import LEVEL\n{_VALUE}",
    ),
    (
        "a name of somebody else's",
        _PI,
        *_swapped("from math import pi", "import patch", "def value(): return pi\n"),
    ),
    (
        "a third module that has it from somebody else",
        {**_PI, "one.py": "from math import pi\n"},
        *_swapped("import one", "import patch", "from one import pi\ndef value(): return pi\n"),
    ),
    ("an import that may fail", _LEVEL, *_swapped(_TRIED, "import patch", _VALUE)),
    ("a star", _LEVEL, *_swapped("from base import *", "import patch", _VALUE)),
    (
        "the star of a third module",
        {**_LEVEL, "one.py": "from base import *\n"},
        *_swapped("import one", "import patch", f"from one import LEVEL\n{_VALUE}"),
    ),
    (
        "a third module, and an import in a function",
        {**_ONE, "use.py": "def value():\n    from one import LEVEL\n    return LEVEL\n"},
        *_swapped("import one", "import patch", "", "from use import value\n"),
    ),
    (
        "what decorates a function",
        _LEVEL,
        *_swapped(
            "@tag(base.LEVEL)\ndef h(): ...", "import patch", "def value(): return h()\n", _TAG
        ),
    ),
    (
        "what decorates a class",
        _LEVEL,
        *_swapped(
            "@tag(base.LEVEL)\nclass h: ...", "import patch", "def value(): return h()\n", _TAG
        ),
    ),
    (
        "the default of a lambda",
        _LEVEL,
        *_swapped(
            "h = lambda x=base.LEVEL: x",
            "import patch",
            "def value(): return h()\n",
            "import base\n",
        ),
    ),
    (
        "an annotation",
        _LEVEL,
        *_swapped(
            "def h(a: base.LEVEL): ...",
            "import patch",
            "def value(): return h.__annotations__\n",
            "import base\n",
        ),
    ),
    *(
        (
            f"what is replaced by {what}",
            {**_ONE, "patch.py": f"import base\n{text}"},
            *_swapped("import one", "import patch", f"from one import LEVEL\n{_VALUE}"),
        )
        for what, text in _REPLACING
    ),
    (
        "a module that is still loading",
        {
            "base.py": "LEVEL = 1\nimport early\nLEVEL = 2\n",
            "early.py": "from base import LEVEL\n",
        },
        "import base\nfrom early import LEVEL\n" + _VALUE,
        "import base\nfrom base import LEVEL\n" + _VALUE,
    ),
)

FOUND: tuple[tuple[str, Files, str, str, str], ...] = (
    (
        "hints that are kept as text",
        {
            "part.py": "def other(x: int) -> int: return x\n"
            "def value(): return str(other.__annotations__)\n"
        },
        "part.py",
        "def other",
        "from __future__ import annotations\ndef other",
    ),
    (
        "a package that answers for a module of its own",
        {
            "part/__init__.py": "from . import sub\ndef value():\n    return str(sub)[:3]\n",
            "part/sub.py": "",
        },
        "part/__init__.py",
        "from . import sub\n",
        "def __getattr__(name):\n    return 'me'\nfrom . import sub\n",
    ),
    (
        "the later of two stars that bring one name",
        {
            "part.py": "from one import *\nfrom two import *\ndef value():\n    return X\n",
            "one.py": "X = 1\n",
            "two.py": "X = 2\n",
        },
        "part.py",
        "from two import *\n",
        "from two import *\nfrom one import *\n",
    ),
    (
        "a star that brings a name which is bound above it as well",
        {
            "part.py": "X = 0\nfrom one import *\ndef value():\n    return X\n",
            "one.py": "X = 1\n",
        },
        "one.py",
        "X = 1",
        "X = 2",
    ),
    (
        "an import that is repeated below another one of the same name",
        {
            "part.py": "from one import X\nfrom two import X\ndef value():\n    return X\n",
            "one.py": "X = 1\n",
            "two.py": "X = 2\n",
        },
        "part.py",
        "from two import X\n",
        "from two import X\nfrom one import X\n",
    ),
    (
        "a name that is taken over before or after another module binds it anew",
        {
            "part.py": "import patch\nfrom level import LEVEL\ndef value():\n    return LEVEL\n",
            "level.py": "LEVEL = 1\n",
            "patch.py": "import level\nlevel.LEVEL = 2\n",
        },
        "part.py",
        "import patch\nfrom level import LEVEL\n",
        "from level import LEVEL\nimport patch\n",
    ),
    (
        "a module of a package, bound there by its import alone",
        {
            "part/__init__.py": "import part.sub\ndef value():\n    return sub.NAME\n",
            "part/sub.py": "NAME = 1\n",
        },
        "part/sub.py",
        "NAME = 1",
        "NAME = 2",
    ),
    (
        "an annotation that does something",
        {"part.py": "SEEN = []\ndef f(x: SEEN.append(1)): ...\ndef value():\n    return SEEN\n"},
        "part.py",
        "append(1)",
        "append(2)",
    ),
    (
        "a name that is bound below the statement that tries it",
        {
            "part.py": "def g(): return 1\ntry:\n    X = g\nexcept NameError:\n    X = None\n"
            "def value():\n    return X is None\n"
        },
        "part.py",
        "def g(): return 1\ntry:\n    X = g\nexcept NameError:\n    X = None\n",
        "try:\n    X = g\nexcept NameError:\n    X = None\ndef g(): return 1\n",
    ),
    (
        "a function that is called above what it calls",
        {
            "part.py": "def g(): return 1\ndef f(): return g()\ntry:\n    X = f()\n"
            "except NameError:\n    X = 0\ndef value():\n    return X\n"
        },
        "part.py",
        "def g(): return 1\ndef f(): return g()\ntry:\n    X = f()\nexcept NameError:\n    X = 0\n",
        "def f(): return g()\ntry:\n    X = f()\nexcept NameError:\n    X = 0\ndef g(): return 1\n",
    ),
    (
        "an annotation in brackets, which makes no variable",
        {"part.py": "X = 1\ndef value():\n    (X): int\n    return X\n"},
        "part.py",
        "X = 1",
        "X = 2",
    ),
    *(
        (f"a name is taken over before or after it is replaced: {what}", files, "part.py", old, new)
        for what, files, old, new in ORDERS
    ),
    *(
        (
            f"an iterator that is gone through elsewhere: {text}",
            {},
            "part.py",
            _gone(text),
            _gone("X = 3"),
        )
        for text in (
            "X = list(I)",
            "X = [x for x in I]",
            "a, b = I",
            "X = [*I]",
            "X = 1 in I",
            "for x in I: pass",
        )
    ),
    *(
        (
            f"a method that something runs: {text}",
            {"part.py": f"SEEN = []\nX = {text}\ndef value(): return SEEN\n"},
            "part.py",
            "(1,)",
            "(2,)",
        )
        for text in ("list(map(SEEN.append, (1,)))", "min((1,), key=SEEN.append)")
    ),
    (
        "a decorator's own name that is also a built-in one's",
        {
            "part.py": "SEEN = []\ndef deco(str):\n    str()\n    return str\n"
            "@deco\ndef other(): SEEN.append(1)\ndef value(): return SEEN\n"
        },
        "part.py",
        "append(1)",
        "append(2)",
    ),
    (
        "a class's own name that is also a built-in one's",
        {
            "part.py": "SEEN = []\ndef mark(x): SEEN.append(1)\n"
            "class Other:\n    list = mark\n    x = list(3)\ndef value(): return SEEN\n"
        },
        "part.py",
        "append(1)",
        "append(2)",
    ),
    (
        "a comprehension's own name that is also a built-in one's",
        {
            "part.py": "SEEN = []\ndef mark(x): SEEN.append(1)\n"
            "OTHER = [str(3) for str in (mark,)]\ndef value(): return SEEN\n"
        },
        "part.py",
        "append(1)",
        "append(2)",
    ),
    (
        "a decorator that is made here, and then is another one",
        {
            "part.py": "SEEN = []\ndef mark(f): SEEN.append(1)\n"
            "def made(label):\n    def plain(f): return f\n    plain = label\n    return plain\n"
            "@made(mark)\ndef other(): ...\ndef value(): return SEEN\n"
        },
        "part.py",
        "append(1)",
        "append(2)",
    ),
)
