"""The step body of hello.mlp."""


def greet(name: str, excited: bool) -> str:
    """Return a greeting, loud if it should be."""
    return f"Hello, {name}{'!' if excited else '.'}"
