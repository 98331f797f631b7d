"""The pipeline whose runs are killed: files, folders and values, in Python and in the shell."""

from __future__ import annotations

PIPELINE = """
step seed(n: Int) -> (rows: File) { run python "body:seed" }
step part(rows: File, i: Int, place: String) -> (rows: File, folder: Dir) {
  run python "body:part"
}
step script(rows: File, i: Int, place: String) -> (lines: Int) {
  run shell \"\"\"
    echo script-$i >> "$place/made"
    wc -l < "$rows" > "$lines"
  \"\"\"
}
step total(parts: List[File], folders: List[Dir], lines: List[Int]) -> (sum: Int) {
  run python "body:total"
}
pipeline p(n: Int = 1) {
  first = seed(n = n)
  parts = for i in range(3) {
    one = part(rows = first.rows, i = i, place = "PLACE")
    counted = script(rows = one.rows, i = i, place = "PLACE")
    yield { rows = one.rows, folder = one.folder, lines = counted.lines }
  }
  all = total(parts = parts[*].rows, folders = parts[*].folder, lines = parts[*].lines)
  output sum = all.sum
}
target here: local { workers = 3 }
"""

BODY = """
import time
from pathlib import Path

def seed(n: int, out_rows: Path) -> None:
    out_rows.write_text("".join(f"{n}:{row}\\n" for row in range(9000)))

def part(rows: Path, i: int, place: str, out_rows: Path, out_folder: Path) -> None:
    with open(f"{place}/made", "a") as file:
        file.write(f"part-{i}\\n")
    text = rows.read_text()
    out_rows.write_text(text + f"part {i}\\n")
    out_folder.mkdir()
    for number in range(5):
        (out_folder / str(number)).write_text(f"{i} {number} {text[:40_000]}")
    time.sleep(0.02)

def total(parts, folders, lines) -> int:
    assert all(path.read_text().endswith(f"part {i}\\n") for i, path in enumerate(parts))
    assert all(
        (folder / str(number)).read_text().startswith(f"{i} {number} ")
        for i, folder in enumerate(folders) for number in range(5)
    )
    return sum(lines) + int(parts[0].read_text().partition(":")[0])
"""


def total(n: int) -> int:
    """What the pipeline comes to."""
    return 3 * 9001 + n
