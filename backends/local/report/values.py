"""How values look on the page: text cut to a length, files as links, pictures as themselves."""

from __future__ import annotations

import base64
import json
import os
from html import escape
from pathlib import Path
from urllib.parse import quote

from ....compiler.ir.values import Json

_LARGEST_PICTURE = 2_000_000
_LONGEST_VALUE = 200
_MOST_FILES = 20
_PICTURES = {".png": "image/png", ".jpg": "image/jpeg", ".svg": "image/svg+xml"}


def text(value: Json) -> str:
    """A value as HTML, cut where it is long."""
    whole = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(whole if len(whole) <= _LONGEST_VALUE else whole[: _LONGEST_VALUE - 1] + "…")


def picture(path: Path, suffix: str) -> str:
    """A picture as part of the page; nothing for other files, large ones, and those far away."""
    kind = _PICTURES.get(suffix)
    if kind is None or not path.is_file() or path.stat().st_size > _LARGEST_PICTURE:
        return ""
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return f'<img src="data:{kind};base64,{data}" alt="">'


def output(value: Json, folder: Path) -> str:
    """An output of the pipeline: a file as a link beside the page, a list of them as links."""
    match value:
        case {"path": str(path), "digest": _}:
            return _link(Path(path), folder)
        case [{"path": str(), "digest": _}, *_]:
            shown = "<br>".join(output(item, folder) for item in value[:_MOST_FILES])
            more = len(value) - _MOST_FILES
            return shown + (f'<br><span class="soft">and {more} more</span>' if more > 0 else "")
        case _:
            return f"<code>{text(value)}</code>"


def _link(path: Path, folder: Path) -> str:
    target = quote(os.path.relpath(path, folder))
    return f'{picture(path, path.suffix)}<a href="{target}">{escape(path.name)}</a>'
