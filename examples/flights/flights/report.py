"""Write the page that people read: one HTML file that needs no other."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from string import Template

import pandas as pd

PAGE = Template("""\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Late flights from New York</title>
<style>
  body { font: 16px/1.5 system-ui, sans-serif; color: #1f2933; max-width: 46rem;
         margin: 3rem auto; padding: 0 1rem }
  dl { display: flex; gap: 3rem; margin: 2rem 0 }
  dt { color: #52606d }
  dd { margin: 0; font-size: 2rem; font-variant-numeric: tabular-nums }
  img { width: 100%; height: auto }
  h2 { margin-top: 3rem; font-size: 1.2rem }
  table { border-collapse: collapse; font-variant-numeric: tabular-nums }
  th, td { padding: .2rem 1.5rem .2rem 0; text-align: right; border-bottom: 1px solid #e4e7eb }
  th:first-child, td:first-child { text-align: left }
</style>
<h1>Late flights from New York</h1>
<p>How well lateness can be foreseen at the scheduled departure: learned from the flights before
$first_test_day, judged on those from then on.</p>
<dl>
<div><dt>AUC</dt><dd>$auc</dd></div>
<div><dt>Recall</dt><dd>$recall</dd></div>
</dl>
<h2>Is a risk of 30% really 30%?</h2>
<img alt="Calibration of the model" src="$calibration">
<h2>Late flights by scheduled hour</h2>
<img alt="Late share by hour, happened and expected" src="$hours">
<h2>Cancelled in 2013</h2>
<p>$cancelled flights never left; they are not part of the figures above.</p>
<table>
<tr><th>Carrier</th><th>Flights</th><th>Cancelled</th><th>Share</th></tr>
$cancellations
</table>
</html>
""")


def report(
    metrics: dict[str, float],
    calibration: Path,
    hours: Path,
    cancellations: Path,
    cancelled: int,
    first_test_day: date,
) -> Path:
    """Write report.html into the working folder and return its path."""
    page = Path("report.html")
    page.write_text(
        PAGE.substitute(
            first_test_day=first_test_day.isoformat(),
            auc=f"{metrics['auc']:.3f}",
            recall=f"{metrics['recall']:.1%}",
            calibration=embedded(calibration),
            hours=embedded(hours),
            cancelled=f"{cancelled:,}",
            cancellations="\n".join(table_rows(pd.read_csv(cancellations))),
        ),
        encoding="utf-8",
        newline="\n",
    )
    return page


def embedded(png: Path) -> str:
    """Return the picture as a URI, so that the page can be sent around alone."""
    return "data:image/png;base64," + b64encode(png.read_bytes()).decode()


def table_rows(carriers: pd.DataFrame) -> Iterator[str]:
    """Yield one table row per carrier, the least reliable first."""
    share = carriers["cancelled"] / carriers["flights"]
    ranked = carriers.assign(share=share).sort_values("share", ascending=False, kind="stable")
    for row in ranked.itertuples():
        yield (
            f"<tr><td>{escape(str(row.carrier))}</td><td>{row.flights:,}</td>"
            f"<td>{row.cancelled:,}</td><td>{row.share:.1%}</td></tr>"
        )
