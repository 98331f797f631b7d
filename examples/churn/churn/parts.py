"""Deal customers out."""

from pathlib import Path

PARTS = ("train", "train", "train", "valid", "test")


def split(rows: Path) -> dict[str, Path]:
    """Write three tables as CSV, three of five customers to train."""
    header, *lines = rows.read_text().splitlines(keepends=True)
    parts = {name: Path(f"{name}.csv") for name in ("train", "valid", "test")}
    for name, path in parts.items():
        own = (line for place, line in enumerate(lines) if PARTS[place % len(PARTS)] == name)
        path.write_text(header + "".join(own))
    return parts
