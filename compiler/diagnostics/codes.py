"""Every code a diagnostic can carry: its usual severity and the shape of its message.

What a code means at length, with a wrong and a right file, stands in `explain.py` and its data.
"""

from __future__ import annotations

from ...runtime.dataclass import dataclass
from .diagnostic import Severity


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of mistake. `title` is its message with `{names}` for what changes."""

    code: str
    title: str
    severity: Severity


_ERROR, _WARNING, _LINT = Severity.ERROR, Severity.WARNING, Severity.LINT

# Codes never change their meaning, and the code of a retired diagnostic is never given again.
_TABLE = (
    Code("MLP0001", "cannot read `{file}`: {why}", _ERROR),
    Code("MLP0002", "this file is edition {n}; this mlp knows up to {m}", _ERROR),
    Code("MLP0003", "`{character}` does not mean anything here", _ERROR),
    Code("MLP0004", "this text has no closing quote", _ERROR),
    Code("MLP0005", "use double quotes", _ERROR),
    Code("MLP0006", "comments start with `#`", _ERROR),
    Code("MLP0007", "write `and`, `or` or `not`", _ERROR),
    Code("MLP0101", "expected {thing} here", _ERROR),
    Code("MLP0102", "this `{` is never closed", _ERROR),
    Code("MLP0103", "use `=` to give a {setting} its value", _ERROR),
    Code("MLP0104", "`{word}` is not an .mlp word; you want `{other}`", _ERROR),
    Code("MLP0105", "use `:` to say what type `{x}` has", _ERROR),
    Code("MLP0106", "outputs have names", _ERROR),
    Code("MLP0107", "comparisons do not chain", _ERROR),
    Code("MLP0108", "`{word}` is a word of the language and cannot name a {thing}", _ERROR),
    Code("MLP0109", "a comma is missing between these two", _ERROR),
    Code("MLP0110", "nothing may end a line with `.` or `=`", _ERROR),
    Code("MLP0111", "`List<T>` is written `List[T]`", _ERROR),
    Code("MLP0112", "this is nested more than {n} deep", _ERROR),
    Code("MLP0201", "nothing here is called `{x}`", _ERROR),
    Code("MLP0202", "`{x}` is already taken", _ERROR),
    Code("MLP0203", "`{module}` has no step called `{x}`", _ERROR),
    Code("MLP0204", "`{x}` has no output called `{y}`", _ERROR),
    Code("MLP0205", "`{x}` is used before it is defined", _ERROR),
    Code("MLP0206", "`{x}` only exists inside the `{block}` at line {n}", _ERROR),
    Code("MLP0207", "there is no type called `{T}`", _ERROR),
    Code("MLP0208", "`{step}` has no input called `{x}`", _ERROR),
    Code("MLP0209", "arguments are named", _ERROR),
    Code("MLP0210", "`{step}` also needs {inputs}", _ERROR),
    Code("MLP0211", "cannot find module `{m}`", _ERROR),
    Code("MLP0212", "`{m}` does not export `{x}`", _ERROR),
    Code("MLP0213", "give the call to `{step}` its own line and a name", _ERROR),
    Code("MLP0214", "`{x}` is a step; it must be called", _ERROR),
    Code("MLP0215", "two nodes would be called `{x}`", _ERROR),
    Code("MLP0301", "`{T}` given, `{U}` wanted", _ERROR),
    Code("MLP0302", "these rows do not have the columns `{step}` needs", _ERROR),
    Code("MLP0303", "this `{block}` yields `{T}` in one branch and `{U}` in another", _ERROR),
    Code("MLP0304", "`{value}` has no unit; `{x}` is a {T}", _ERROR),
    Code("MLP0305", "`{x}` may be missing", _ERROR),
    Code("MLP0306", "cannot add a Duration and a Size", _ERROR),
    Code("MLP0307", "the two sides of this `if` have different types", _ERROR),
    Code("MLP0308", "schema `{S}` has no column `{c}`", _ERROR),
    Code("MLP0309", "`{operator}` compares {T} with {U}", _ERROR),
    Code("MLP0310", "`{keyword}` wants yes or no, this is a {T}", _ERROR),
    Code("MLP0312", "`for` goes through a list, this is {T}", _ERROR),
    Code("MLP0313", "this `for` is bound to `{x}` but yields nothing", _ERROR),
    Code("MLP0314", "write `.{f}` to say which field", _ERROR),
    Code("MLP0401", "`{x}` is known only during the run; {position} must be known {when}", _ERROR),
    Code("MLP0402", "a parameter cannot choose the {thing}", _ERROR),
    Code("MLP0403", "dividing by zero", _ERROR),
    Code("MLP0404", "this is always {value}", _WARNING),
    Code("MLP0405", "a {T} cannot be put into text", _ERROR),
    Code("MLP0501", "step `{s}` needs exactly one `run` line", _ERROR),
    Code("MLP0502", "there is no setting called `{key}` in `{block}`", _ERROR),
    Code("MLP0503", "`{key}` must be between {low} and {high}", _ERROR),
    Code("MLP0504", "`{key}` is set twice", _ERROR),
    Code("MLP0506", "there is no file `{path}`", _ERROR),
    Code("MLP0507", "`{x}` looks like a secret written in the file", _WARNING),
    Code("MLP0508", "a secret may only be used in `secrets { }`", _ERROR),
    Code("MLP0509", "image `{x}` has no tag or digest", _LINT),
    Code("MLP0510", "{number} what?", _ERROR),
    Code("MLP0511", "there is no unit called `{unit}`", _ERROR),
    Code("MLP0512", "`{value}` is {words}, but `{key}` counts {things}", _ERROR),
    Code("MLP0513", '`"${x}"` is plain text here', _ERROR),
    Code("MLP0514", "`{x}` is both an input and an output of a shell step", _ERROR),
    Code("MLP0601", "`{f}` works on partitioned values", _ERROR),
    Code("MLP0602", "`previous` needs a partition around it", _ERROR),
    Code("MLP0603", "`{x}` is {T} per day; say which days", _ERROR),
    Code("MLP0604", "`{n}` needs its own output from the same day", _ERROR),
    Code("MLP0605", "the keys of this partition are known only during the run", _ERROR),
    Code("MLP0606", "{window} is not a whole number of {grain}s", _ERROR),
    Code("MLP0607", "{grain}s do not divide into {other}s", _ERROR),
    Code("MLP0608", "`{x}` uses days in {zone}, this block days in {other}", _ERROR),
    Code("MLP0609", "`at_least` is longer than the window", _ERROR),
    Code("MLP0610", "a partition inside a {block} is not supported yet", _ERROR),
    Code("MLP0611", "this range is empty: {from} is after {to}", _ERROR),
    Code("MLP0701", "nothing comes after this gate", _WARNING),
    Code("MLP0702", "hooks come last in a pipeline", _ERROR),
    Code("MLP0703", "`yield` belongs in `for`, `when` or `partition`", _ERROR),
    Code("MLP0704", "`{construct}` has no place in a hook", _ERROR),
    Code("MLP0721", "the node is called `{score}`; `{evaluate}` is its step", _ERROR),
    Code("MLP0722", "test `{t}` would run `{step}`, which has outside effects", _ERROR),
    Code("MLP0801", "cannot find module `{hello}`", _ERROR),
    Code("MLP0802", "`{module}` has no function `{f}`", _ERROR),
    Code("MLP0803", "`{m:f}` has no parameter called `{x}`", _ERROR),
    Code("MLP0804", "`{m:f}` wants `{p}`, which the step does not pass", _ERROR),
    Code("MLP0805", "`{m:f}` says `{p}: {annotation}`, the step says `{p}: {T}`", _ERROR),
    Code("MLP0806", "notebook `{n}` has no parameters cell", _ERROR),
    Code("MLP0901", "there is no target kind `{k}`", _ERROR),
    Code("MLP0902", "{kind} must know `{key}` when compiling", _ERROR),
    Code("MLP0903", "{kind} cannot {do_this} {here}", _ERROR),
    Code("MLP0904", "{kind} has no setting called `{x}`", _ERROR),
    Code("MLP0905", "{kind} has no manual approval", _ERROR),
    Code("MLP0906", "`override {x}`: a step and a node have this name", _ERROR),
    Code("MLP0907", "no {kind} instance has {resources}", _ERROR),
    Code("MLP0908", "the compiled pipeline is {size}, {kind} takes {limit}", _ERROR),
    Code("MLP0909", "target `{target}` needs `{setting}`", _ERROR),
    Code("MLP0910", "{construct} is not built yet", _ERROR),
    Code("MLP1001", "`{x}` is never used", _LINT),
    Code("MLP1002", "schema `{S}` is never used", _LINT),
    Code("MLP1005", "this `after` says nothing new", _LINT),
    Code("MLP1006", "`{x} = {x}` reads oddly", _LINT),
    Code("MLP1007", "this branch can never run", _LINT),
    Code("MLP1008", "this text is not interpolated", _LINT),
    Code("MLP1009", "`${x}` is not an input, output or env of this step", _LINT),
    Code("MLP1010", "give these metrics a schema to have `.{field}` checked", _LINT),
    Code("MLP1011", "`{x}` has effects but may be retried", _LINT),
    Code("MLP1012", "the left side of `??` is never missing", _LINT),
    Code("MLP1013", "`a ?? b + c` means `a ?? (b + c)`", _LINT),
    Code("MLP1014", "{a} and {b} in one file", _LINT),
    Code("MLP1020", "add `edition 2026` at the top", _LINT),
    Code("MLP1021", "nothing to allow here any more", _LINT),
)

CODES: dict[str, Code] = {row.code: row for row in _TABLE}
