"""What the language looks like: the grammar file, as text."""

NAME = "mlp.lark"


def text() -> str:
    """The grammar, as lark reads it."""
    from importlib.resources import files

    return files(__name__).joinpath(NAME).read_text(encoding="utf-8")
