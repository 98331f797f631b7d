"""Equal results are equal bytes, whichever process, folder or hash seed made them."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from millpond.runtime import pickles

REPOSITORY = Path(__file__).parents[2]
MAKE = """
    import sys
    sys.path.insert(0, sys.argv[1])
    from pathlib import Path
    import numpy, pandas
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder
    from millpond.runtime.codecs import write
    from millpond.runtime.digest import digest_file
    from millpond.runtime.state import seed

    seed()  # as before every body: models draw from numpy's global generator
    random = numpy.random.default_rng(0)
    names = ["distance", "".join(["carr", "ier"]), "hour"]
    frame = pandas.DataFrame({
        names[0]: random.normal(size=500),
        names[1]: pandas.Categorical(random.choice(["AA", "UA"], 500)),
        names[2]: random.integers(0, 24, 500),
        "text": random.choice(list("abc"), 500),
        "at": pandas.to_datetime(random.integers(0, 10**9, 500), unit="s"),
    })
    late = random.integers(0, 2, 500)
    linear = make_pipeline(
        make_column_transformer((OneHotEncoder(), ["carrier", "text"]), remainder="drop"),
        LogisticRegression(),
    ).fit(frame, late)
    trees = HistGradientBoostingClassifier(max_iter=5).fit(frame[["distance", "hour"]], late)
    words = {"".join([a, b]) for a in "xyz" for b in "uvw"}
    folder = Path.cwd()
    for name, type, value in [
        ("rows", ["Dataset", None], frame),
        ("linear", "Model", linear),
        ("trees", "Model", trees),
        ("plain", "Model", {"words": words, "frozen": frozenset(words), "names": names}),
        ("info", "File", {"a": [1, 2.5]}),
        ("array", "File", random.normal(size=9)),
    ]:
        print(name, digest_file(write(type, value, folder, name)))
"""


def test_models_and_tables_are_the_same_bytes_in_every_process(tmp_path):
    seen = []
    for number, seed in enumerate(("0", "1", "4242")):
        folder = tmp_path / f"folder {number}"
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", dedent(MAKE), str(REPOSITORY)],
            cwd=folder,
            env={**os.environ, "PYTHONHASHSEED": seed, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=True,
        )
        seen.append(done.stdout.split("\n"))
    assert len(seen[0]) == 7
    assert seen[0] == seen[1] == seen[2]


def test_equal_texts_are_one_text_in_a_pickle(tmp_path):
    half = "".join(["ha", "lf"])
    shared = {"a": half, "b": half, "c": [b"x" * 3, "half"]}
    apart = {"a": "".join(["ha", "lf"]), "b": "half", "c": [b"xxx", "".join(["h", "alf"])]}
    pickles.dump(shared, tmp_path / "1")
    pickles.dump(apart, tmp_path / "2")
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert pickles.load(tmp_path / "1") == shared


def test_sets_keep_their_kind_and_content(tmp_path):
    value = {"s": {3, 1, "x"}, "f": frozenset({(1, 2), None}), "nested": {frozenset({1}), 2}}
    pickles.dump(value, tmp_path / "x")
    assert pickles.load(tmp_path / "x") == value
