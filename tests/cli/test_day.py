"""`run.day`: today in the project's zone, or the day that was said; fixed for a run."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from millpond import run

PROGRAM = """edition 2026

step note(day: Date) -> (text: String) {
  run shell "echo -n $day > $text"
}

pipeline daily() {
  noted = note(day = run.day - 1d)
  output text = noted.text
  output day = run.day
}
"""


def test_a_run_has_the_day_that_was_said(tmp_path: Path) -> None:
    (tmp_path / "daily.mlp").write_text(PROGRAM)
    done = run(tmp_path / "daily.mlp", parameters={"run.day": "2026-03-01"})
    assert dict(done.outputs) == {"text": "2026-02-28", "day": "2026-03-01"}


def test_else_today_where_the_project_is(tmp_path: Path) -> None:
    (tmp_path / "daily.mlp").write_text(PROGRAM)
    (tmp_path / "mlp.toml").write_text('[project]\nzone = "Pacific/Kiritimati"\n')
    before = datetime.now(ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    day = run(tmp_path / "daily.mlp").outputs["day"]
    after = datetime.now(ZoneInfo("Pacific/Kiritimati")).date().isoformat()
    assert day in (before, after)


def test_a_schedule_says_where_days_begin(tmp_path: Path) -> None:
    schedule = 'EARLY = cron("0 2 * * *", timezone = HERE)\nHERE = "Pacific/Pago_Pago"\n'
    text = PROGRAM.replace("pipeline daily() {", "pipeline daily() with (schedule = EARLY) {")
    (tmp_path / "daily.mlp").write_text(text + schedule)
    (tmp_path / "mlp.toml").write_text('[project]\nzone = "Pacific/Kiritimati"\n')
    before = datetime.now(ZoneInfo("Pacific/Pago_Pago")).date().isoformat()
    day = run(tmp_path / "daily.mlp").outputs["day"]
    after = datetime.now(ZoneInfo("Pacific/Pago_Pago")).date().isoformat()
    assert day in (before, after)
