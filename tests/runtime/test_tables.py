"""Datasets on disk: every format by its content, folders, typed texts, counted rows."""

import gzip
from datetime import date, timedelta

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.runtime.arrow import TableError
from millpond.runtime.columns import check_columns, check_schema
from millpond.runtime.formats import format_of
from millpond.runtime.tables import files_of, read_batches, read_table, row_count

TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3]),
        "zip": pa.array(["00123", "4", "x,\ny"]),
        "day": pa.array([date(2026, 1, 1), date(2026, 1, 2), None]),
    }
)
COLUMNS = [("id", "Int"), ("zip", "String"), ("day", ["optional", "Date"])]
CSV = 'id,zip,day\n1,00123,2026-01-01\n2,4,2026-01-02\n3,"x,\ny",\n'
JSONL = (
    '{"id": 1, "zip": "00123", "day": "2026-01-01"}\n'
    '{"id": 2, "zip": "4", "day": "2026-01-02"}\n'
    '{"id": 3, "zip": "x,\\ny", "day": null}\n'
)


def write(path, format):
    if format == "parquet":
        pyarrow.parquet.write_table(TABLE, path, row_group_size=2)
    elif format == "arrow":
        pyarrow.feather.write_feather(TABLE, str(path))
    elif format == "stream":
        with pa.ipc.new_stream(path, TABLE.schema) as sink:
            sink.write_table(TABLE, max_chunksize=2)
    elif format.endswith(".gz"):
        with gzip.open(path, "wt") as file:
            file.write(CSV if format == "csv.gz" else JSONL)
    else:
        path.write_text(CSV if format == "csv" else JSONL)
    return path


FORMATS = ["parquet", "arrow", "stream", "csv", "jsonl", "csv.gz", "jsonl.gz"]


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_known_by_content_and_means_the_same(tmp_path, format):
    path = write(tmp_path / "data", format)
    assert format_of(path) == format.removesuffix(".gz")
    assert row_count(path) == 3
    check_columns(path, COLUMNS)
    table = read_table(path, declared=COLUMNS)
    assert table.column("id").to_pylist() == [1, 2, 3]
    assert table.column("zip").to_pylist() == ["00123", "4", "x,\ny"]
    batches = list(read_batches(path, ["day", "id"], COLUMNS))
    assert batches[0].schema.names == ["day", "id"]
    assert sum(batch.num_rows for batch in batches) == 3


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_wrong_is_said_in_every_format(tmp_path, format):
    path = write(tmp_path / "data", format)
    for columns, message in (
        ([("day", "Date")], "column `day` has 1 missing values; declare Date?"),
        ([("gone", "Int")], "column `gone` is missing; there are `id`, `zip`, `day`"),
        ([("zip", ["enum", ["4", "x,\ny"]])], "column `zip` holds '00123', "),
    ):
        with pytest.raises(TableError) as problem:
            check_columns(path, columns)
        assert str(problem.value).startswith(message)
    with pytest.raises(TableError, match=r"column `zip` holds .*, Int is declared"):
        check_columns(path, [("zip", "Int")])


def test_a_folder_is_read_in_order_without_what_tools_leave_there(tmp_path):
    folder = tmp_path / "rows"
    (folder / "b").mkdir(parents=True)
    (folder / "_SUCCESS").write_text("")
    (folder / ".part.crc").write_text("crc")
    (folder / "empty.csv").write_text("")
    (folder / "b" / "2.csv").write_text("id,zip,day\n2,b,\n")
    (folder / "a.csv").write_text("id,zip,day\n1,a,\n")
    assert [file.name for file in files_of(folder)] == ["a.csv", "2.csv"]
    assert read_table(folder, declared=COLUMNS).column("id").to_pylist() == [1, 2]
    assert row_count(folder) == 2
    (folder / "c.csv").write_text("id,day\n3,\n")
    with pytest.raises(TableError, match="column `zip` is missing; there are `id`, `day`"):
        check_columns(folder, COLUMNS)
    (folder / "d.jsonl").write_text('{"id": 4}\n')
    with pytest.raises(TableError, match=r"holds csv \(`a.csv`\) and jsonl \(`d.jsonl`\)"):
        files_of(folder)


def test_an_empty_folder_and_an_empty_file_are_no_datasets(tmp_path):
    with pytest.raises(TableError, match="the folder holds no files"):
        row_count(tmp_path)
    (tmp_path / "data").write_text("")
    with pytest.raises(TableError, match="`data` cannot be read as csv: Empty CSV file"):
        check_columns(tmp_path / "data", COLUMNS)


def test_a_head_without_rows_is_a_dataset(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id,zip,day\n")
    check_columns(path, COLUMNS)
    assert row_count(path) == 0
    assert read_table(path, declared=COLUMNS).num_rows == 0


def test_texts_are_read_as_what_is_declared(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b,c,wait,n\n,,1,90,7\n")
    declared = [
        ("a", "String"),
        ("b", ["optional", "String"]),
        ("c", "Bool"),
        ("wait", "Duration"),
        ("n", "String"),
    ]
    check_columns(path, declared)
    row = read_table(path, declared=declared).to_pylist()[0]
    assert row == {"a": "", "b": None, "c": True, "wait": timedelta(seconds=90), "n": "7"}
    lines = tmp_path / "data.jsonl"
    lines.write_text('{"at": "2026-01-01T10:00:00.5Z", "label": "2026-01-01", "wait": 1.5}\n')
    declared = [("at", "Time"), ("label", "String"), ("wait", "Duration")]
    check_columns(lines, declared)
    row = read_table(lines, declared=declared).to_pylist()[0]
    assert row["label"] == "2026-01-01"
    assert row["at"].isoformat() == "2026-01-01T10:00:00.500000+00:00"
    assert row["wait"] == timedelta(seconds=1.5)


def test_a_bad_text_names_its_column(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id,zip,day\n1,a,2026-01-01\nseven,b,2026-01-02\n")
    with pytest.raises(TableError) as problem:
        check_columns(path, COLUMNS)
    assert str(problem.value) == "column `id` holds 'seven', Int is declared"


def test_broken_files_are_said_to_be_broken(tmp_path):
    path = write(tmp_path / "data.parquet", "parquet")
    path.write_bytes(path.read_bytes()[:-20])
    for call in (check_columns, lambda path, _: row_count(path)):
        with pytest.raises(TableError, match=r"`data\.parquet` cannot be read as parquet: "):
            call(path, COLUMNS)


def test_the_schema_is_checked_without_the_rows(tmp_path):
    path = write(tmp_path / "data", "parquet")
    check_schema(path, [("day", "Date"), ("zip", ["enum", ["a"]])])
    with pytest.raises(TableError, match="column `id` holds int64, String is declared"):
        check_schema(path, [("id", "String")])


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)


@given(st.lists(TEXTS, max_size=20))
def test_rows_of_texts_are_counted_as_they_are_read(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("rows") / "data.csv"
    quoted = ('"' + text.replace('"', '""') + '"' for text in texts)
    path.write_text("".join(f"{line}\n" for line in ("text", *quoted)), encoding="utf-8")
    declared = [("text", "String")]
    assert row_count(path) == len(texts)
    assert read_table(path, declared=declared).column("text").to_pylist() == texts
