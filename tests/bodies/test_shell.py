"""Variables of a shell body are found where bash would expand them, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from millpond.compiler.bodies.body import read_script
from millpond.compiler.bodies.shell import read_shell, script_files


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("cp $a ${b} > $out", ["a", "b", "out"]),
        ('echo "$a-${b}_$c"', ["a", "b", "c"]),
        ("echo '$a' \"it's $b\" '\"' $c", ["b", "c"]),
        (r"echo \$a \\$b", ["b"]),
        ("echo $'it\\'s $a' $b", ["b"]),
        ("# $a\necho x#$b # $c", ["b"]),
        ("echo $1 $@ $# $? $$ $!", []),
        ("echo ${a:-$b} ${#c} ${d%.csv} ${e[0]} ${!f}", ["a", "b", "c", "d", "e", "f"]),
        ("x=$(wc -l < $a) y=`cat $b` z=$(( $c + 1 ))", ["a", "b", "c"]),
        ("cat <<E\n$a \\$b\nE\necho $c", ["a", "c"]),
        ("cat <<'E'\n$a\nE\necho $c", ["c"]),
        ('cat <<-"E" > $b\n\t$a\n\tE\necho $c', ["b", "c"]),
        ("cat <<\\E\n$a\nE\necho $c", ["c"]),
        ("cat <<A <<'B'\n$a\nA\n$b\nB\n$c", ["a", "c"]),
        ("cat <<< $a", ["a"]),
        ("echo $(( 1 << 2 )) $a", ["a"]),
        ("cat <<'E'\n$a", []),
        ("echo '$a", []),
        ("echo $", []),
        ("echo ${", []),
        ("echo \\", []),
    ],
)
def test_variables(text: str, names: list[str]) -> None:
    assert [variable.name for variable in read_shell(text).variables] == names


def test_positions_and_defaults() -> None:
    text = 'é "$rows" ${day:-x} ${day-} ${name}'
    found = read_shell(text).variables
    assert [text[item.start : item.end] for item in found] == [
        "$rows",
        "${day",
        "${day",
        "${name}",
    ]
    assert [item.defaulted for item in found] == [False, True, True, False]


def test_variables_that_the_script_sets() -> None:
    text = (
        "a=1; export b=2\nfor c in x; do read -r d e; done\nlocal -r f=3 && g+=4\n"
        "mapfile -t h < x\nwhile getopts ab: i; do :; done\nk[0]=1\necho --l=1"
    )
    assert read_shell(text).assigned >= set("abcdefghik")
    assert "l" not in read_shell(text).assigned


def test_templates_of_other_tools() -> None:
    found = read_shell("echo {{name}} ${{ run.day }} ${{x}} $y")
    assert [(item.text, item.inner) for item in found.templates] == [
        ("{{name}}", "name"),
        ("${{ run.day }}", "run.day"),
        ("${{x}}", "x"),
    ]
    assert [item.name for item in found.variables] == ["y"]


def test_scripts_that_are_run(tmp_path: Path) -> None:
    for name in ("a.sh", "b.py", "c", "sub/d.sh", "e.sh", "f.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path.parent / "outside.sh").write_text("")
    (tmp_path / "link.sh").symlink_to(tmp_path.parent / "outside.sh")
    text = (
        "bash -e a.sh && python3.11 -u b.py $x | ./c\n. sub/d.sh; source 'e.sh'\n"
        "# bash f.py\npython -m f.py\nbash -c f.py\nsh ../outside.sh\n./link.sh\n"
        "python missing.py\nbash $x\nbash /etc/profile\npython \\\n  f.py\n"
    )
    found = script_files(text, tmp_path, tmp_path)
    assert [str(path.relative_to(tmp_path)) for path in found] == [
        "a.sh",
        "b.py",
        "c",
        "e.sh",
        "f.py",
        "sub/d.sh",
    ]


def test_the_digest_is_the_text_and_the_scripts(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_text("echo 1")
    text = "bash a.sh"
    before = read_script(text, tmp_path, tmp_path)
    assert [path.name for path, _ in before.scripts] == ["a.sh"]
    assert read_script(text, tmp_path, tmp_path).digest == before.digest
    assert read_script("bash  a.sh", tmp_path, tmp_path).digest != before.digest
    (tmp_path / "a.sh").write_text("echo 2")
    assert read_script(text, tmp_path, tmp_path).digest != before.digest


def test_files_beside_the_folder_do_not_travel(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.sh").write_text("true\n")
    (tmp_path / "sub" / "b.sh").write_text("true\n")
    body = read_script("bash ../a.sh\nbash b.sh", tmp_path / "sub", tmp_path)
    assert [path.name for path, _ in body.scripts] == ["b.sh"]
    assert body.outside == ("../a.sh",)
