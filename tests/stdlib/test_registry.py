"""std.registry: versions, stages and aliases in a folder, also when many write at once."""

import json
import pickle
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from millpond.stdlib.millpond_std import registry
from millpond.stdlib.millpond_std.registry import (
    Found,
    RegistryError,
    alias,
    find,
    place,
    promote,
    register,
)

NOTHING = Found(None, None, None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty registry, and a working folder of one's own."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("MLP_IDEMPOTENCY_KEY", raising=False)
    monkeypatch.delenv("MLP_REGISTRY", raising=False)
    return str(tmp_path / "registry")


def model(tmp_path: Path, text: str = "weights", name: str = "model.onnx") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def at(folder: str, stage: str = "production") -> Found:
    return find("m", stage, None, None, folder)


def objects(folder: str) -> list[Path]:
    return list((Path(folder) / "objects").iterdir())


def test_an_empty_registry_has_nothing(folder: str) -> None:
    assert at(folder) == NOTHING
    assert not Path(folder).exists()


def test_what_was_registered_is_found(folder: str, tmp_path: Path) -> None:
    assert register(model(tmp_path), "m", "production", {"auc": 0.7}, folder) == 1
    found = at(folder)
    assert (found.version, found.metrics) == (1, {"auc": 0.7})
    assert found.model is not None
    assert found.model.read_text() == "weights"
    assert found.model.suffix == ".onnx"
    assert found.model.is_relative_to(Path.cwd())


def test_names_stages_and_versions_do_not_mix(folder: str, tmp_path: Path) -> None:
    first = model(tmp_path)
    assert register(first, "m", "production", None, folder) == 1
    assert register(model(tmp_path, "better"), "m", "staging", None, folder) == 2
    assert register(first, "other/../m", None, None, folder) == 1
    assert at(folder).version == 1
    assert at(folder, "staging").version == 2
    assert at(folder, "gone") == NOTHING
    assert find("m", None, None, 2, folder).version == 2
    assert find("m", None, None, 3, folder) == NOTHING
    assert {p.name for p in (Path(folder) / "models").iterdir()} == {"m", "other%2F%2E%2E%2Fm"}


def test_equal_models_are_stored_once(folder: str, tmp_path: Path) -> None:
    for name in "abc":
        register(model(tmp_path), name, "production", None, folder)
    assert len(objects(folder)) == 1


def test_a_folder_can_be_a_model(folder: str, tmp_path: Path) -> None:
    net = tmp_path / "net"
    (net / "deep").mkdir(parents=True)
    model(net, "a", "config.json")
    model(net / "deep", "b", "weights.safetensors")
    register(net, "m", "production", None, folder)
    found = at(folder).model
    assert found is not None
    assert (found / "config.json").read_text() == "a"
    assert (found / "deep/weights.safetensors").read_text() == "b"


def test_a_link_in_a_folder_is_refused(folder: str, tmp_path: Path) -> None:
    net = tmp_path / "net"
    net.mkdir()
    (net / "out").symlink_to("/etc/hostname")
    with pytest.raises(ValueError, match="`out` is a link"):
        register(net, "m", None, None, folder)


def test_promoting_moves_a_stage_and_says_from_where(folder: str, tmp_path: Path) -> None:
    register(model(tmp_path, "one"), "m", None, None, folder)
    register(model(tmp_path, "two"), "m", None, None, folder)
    assert at(folder) == NOTHING
    assert promote("m", 1, "production", folder) is None
    assert promote("m", 2, "production", folder) == 1
    assert at(folder).version == 2
    with pytest.raises(RegistryError, match="`m` has no version 3"):
        promote("m", 3, "production", folder)


def test_an_alias_is_another_name(folder: str, tmp_path: Path) -> None:
    register(model(tmp_path), "m", "production", None, folder)
    register(model(tmp_path, "small"), "m", None, None, folder)
    assert alias("m", 2, "smallest", folder) is None
    assert find("m", None, "smallest", None, folder).version == 2
    assert find("m", "smallest", None, None, folder) == NOTHING


@pytest.mark.parametrize("asked", [(None, None, None), ("production", None, 1), ("a", "b", None)])
def test_one_way_to_name_a_version_is_wanted(folder: str, asked: tuple[str, str, int]) -> None:
    with pytest.raises(RegistryError, match="one of `stage`, `alias` and `version`"):
        find("m", *asked, folder)


def test_the_same_attempt_registers_once(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLP_IDEMPOTENCY_KEY", "first")
    assert register(model(tmp_path), "m", "production", None, folder) == 1
    assert register(model(tmp_path), "m", "production", None, folder) == 1
    monkeypatch.setenv("MLP_IDEMPOTENCY_KEY", "second")
    assert register(model(tmp_path), "m", "production", None, folder) == 2
    monkeypatch.setenv("MLP_IDEMPOTENCY_KEY", "first")
    assert register(model(tmp_path), "m", "production", None, folder) == 1
    assert at(folder).version == 2


def test_the_same_attempt_promotes_once(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("one", "two"):
        register(model(tmp_path, text), "m", None, None, folder)
    promote("m", 1, "production", folder)
    monkeypatch.setenv("MLP_IDEMPOTENCY_KEY", "key")
    assert promote("m", 2, "production", folder) == 1
    assert promote("m", 2, "production", folder) == 1


def test_a_pickle_is_carried_and_never_opened(folder: str, tmp_path: Path) -> None:
    bomb = tmp_path / "model.pkl"

    class Bomb:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "exploded",))

    bomb.write_bytes(pickle.dumps(Bomb()))
    register(bomb, "m", "production", None, folder)
    found = at(folder).model
    assert found is not None
    assert found.read_bytes() == bomb.read_bytes()
    assert not (tmp_path / "exploded").exists()
    assert "pickle" not in Path(registry.__file__).read_text()


def test_a_model_that_was_changed_is_not_handed_out(folder: str, tmp_path: Path) -> None:
    register(model(tmp_path), "m", "production", None, folder)
    (stored,) = objects(folder)
    stored.chmod(0o644)
    stored.write_text("other weights")
    with pytest.raises(RegistryError, match="not the one registered"):
        at(folder)
    stored.unlink()
    with pytest.raises(RegistryError, match="has lost its model"):
        at(folder)


def test_a_registry_of_the_future_is_left_alone(folder: str, tmp_path: Path) -> None:
    register(model(tmp_path), "m", None, None, folder)
    index = Path(folder) / "models/m/index.json"
    index.write_text(json.dumps({"registry": 2}))
    with pytest.raises(RegistryError, match="another version of the registry"):
        at(folder)


def test_names_that_a_file_system_takes_for_one_are_told_apart(folder: str, tmp_path: Path) -> None:
    register(model(tmp_path), "M", None, None, folder)
    models = Path(folder) / "models"
    (models / "M").rename(models / "m")
    with pytest.raises(RegistryError, match="takes `m` for `M`"):
        register(model(tmp_path), "m", None, None, folder)


def test_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "project/.millpond/scratch/x/scratch"
    scratch.mkdir(parents=True)
    monkeypatch.chdir(scratch)
    monkeypatch.delenv("MLP_REGISTRY", raising=False)
    assert place(None) == tmp_path / "project/.millpond/registry"
    assert place("models") == tmp_path / "project/models"
    monkeypatch.setenv("MLP_REGISTRY", "/srv/models")
    assert place(None) == Path("/srv/models")
    assert place("/tmp/other") == Path("/tmp/other")
    with pytest.raises(RegistryError, match="is a URL"):
        place("s3://acme/models")


def test_without_a_project_the_folder_must_be_said(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RegistryError, match="no project around this step"):
        place(None)


def test_many_who_register_at_once_get_a_version_each(folder: str, tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from millpond_std.registry import register
        for number in range(5):
            path = Path(f"model-{sys.argv[2]}-{number}.bin")
            path.write_text(f"{number}")
            print(register(path, "m", "production", None, sys.argv[1]))
    """)
    stdlib = Path(registry.__file__).resolve().parents[1]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", script, folder, str(number)],
            env={"PYTHONPATH": str(stdlib)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    said = [process.communicate()[0].split() for process in running]
    assert sorted(int(n) for numbers in said for n in numbers) == list(range(1, 21))
    assert len(objects(folder)) == 5
    assert at(folder).version == 20
