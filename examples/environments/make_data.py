"""Write the wheels of a package in two versions, and a lock for each."""

import hashlib
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
NAME = "millpond_halfway"
VERSIONS = {
    "1.0": '''"""Round what lies halfway up."""

import math

RULE = "up"


def halfway(amount):
    """Return the whole number next to an amount."""
    return math.floor(amount + 0.5)
''',
    "2.0": '''"""Round what lies halfway to the even side, as banks do."""

RULE = "to even"


def halfway(amount):
    """Return the whole number next to an amount."""
    return round(amount)
''',
}
LOCK = """\
lock-version = "1.0"
created-by = "make_data.py"

[[packages]]
name = "millpond-halfway"
version = "{version}"

[[packages.wheels]]
path = "../wheels/{file}"
hashes = {{ sha256 = "{digest}" }}
"""

for folder in ("wheels", "locks"):
    (HERE / folder).mkdir(exist_ok=True)
for version, text in VERSIONS.items():
    info = f"{NAME}-{version}.dist-info"
    members = {
        f"{NAME}.py": text,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: millpond-halfway\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: make_data.py\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    members[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*members, f"{info}/RECORD"))
    wheel = HERE / "wheels" / f"{NAME}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    lock = LOCK.format(version=version, file=wheel.name, digest=digest)
    (HERE / "locks" / f"pylock.v{version[0]}.toml").write_text(lock)
