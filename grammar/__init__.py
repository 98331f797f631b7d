"""What the language looks like: the grammar file, as text."""

from importlib.resources import files

NAME = "mlp.lark"


def text() -> str:
    """The grammar, as lark reads it."""
    return files(__name__).joinpath(NAME).read_text(encoding="utf-8")
