"""Names of Python's library and of well-known packages that change nothing when they are used.

What is missing here counts as an effect, which costs a run and is never wrong.
"""

from __future__ import annotations

_BUILTINS = (
    "abs all any bool bytes complex dict divmod enumerate filter float format frozenset hash hex "
    "int isinstance issubclass len list map max min object oct ord pow range repr reversed round "
    "set slice sorted str sum super tuple type zip bytearray chr bin"
)
CALLS = frozenset(_BUILTINS.split()) | frozenset(
    (
        *"collections.Counter collections.OrderedDict collections.defaultdict".split(),
        *"collections.deque collections.namedtuple dataclasses.field decimal.Decimal".split(),
        *"datetime.date datetime.datetime datetime.time datetime.timedelta".split(),
        *"datetime.timezone enum.auto fractions.Fraction functools.partial".split(),
        *"importlib.metadata.version importlib.util.find_spec itertools.chain".split(),
        *"itertools.count itertools.product logging.getLogger math.ceil math.exp".split(),
        *"math.floor math.log math.radians math.sqrt operator.attrgetter".split(),
        *"operator.itemgetter os.environ.get os.fspath os.getenv os.path.abspath".split(),
        *"os.path.basename os.path.dirname os.path.join os.path.realpath pathlib.Path".split(),
        *"pathlib.PurePath pathlib.PurePosixPath re.compile re.escape string.Template".split(),
        *"tenacity.stop_after_attempt tenacity.wait_exponential tenacity.wait_fixed".split(),
        *"textwrap.dedent types.MappingProxyType types.SimpleNamespace".split(),
        *"typing.NamedTuple typing.NewType typing.ParamSpec typing.TypeVar".split(),
        *"typing.TypeVarTuple typing.cast uuid.UUID zoneinfo.ZoneInfo".split(),
        *"numpy.arange numpy.array numpy.asarray numpy.dtype numpy.eye numpy.float32".split(),
        *"numpy.float64 numpy.full numpy.int32 numpy.int64 numpy.linspace numpy.log".split(),
        *"numpy.logspace numpy.ones numpy.sqrt numpy.zeros pandas.CategoricalDtype".split(),
        *"pandas.DataFrame pandas.Index pandas.Series pandas.Timedelta".split(),
        *"pandas.Timestamp pandas.date_range pandas.to_datetime pyarrow.field".split(),
        *"pyarrow.float32 pyarrow.float64 pyarrow.int32 pyarrow.int64 pyarrow.schema".split(),
        *"pyarrow.string pyarrow.timestamp pydantic.Field".split(),
    )
)
DECORATORS = frozenset(
    (
        *"classmethod property staticmethod abc.abstractmethod".split(),
        *"contextlib.contextmanager dataclasses.dataclass enum.unique".split(),
        *"functools.cache functools.cached_property functools.lru_cache".split(),
        *"functools.singledispatch functools.total_ordering functools.wraps".split(),
        *"tenacity.retry".split(),
        *"numba.jit numba.njit pydantic.dataclasses.dataclass torch.inference_mode".split(),
        *"torch.no_grad typing.final typing.overload typing.override".split(),
        *"typing.runtime_checkable warnings.deprecated".split(),
    )
)
BASES = frozenset(
    (
        *"object dict list tuple set frozenset str int float bytes type".split(),
        *"abc.ABC enum.Enum enum.Flag enum.IntEnum enum.IntFlag enum.StrEnum".split(),
        *"json.JSONEncoder json.JSONDecoder pydantic.BaseModel threading.local".split(),
        *"sklearn.base.BaseEstimator sklearn.base.ClassifierMixin".split(),
        *"sklearn.base.RegressorMixin sklearn.base.TransformerMixin".split(),
        *"torch.nn.Module torch.utils.data.Dataset typing.Generic typing.NamedTuple".split(),
        *"typing.Protocol typing.TypedDict collections.OrderedDict".split(),
        *"collections.abc.Mapping collections.abc.Sequence collections.UserDict".split(),
    )
)
RUNNERS = frozenset(("filter", "map", "max", "min", "sorted"))  # they call what they are given
GETTERS = frozenset(("operator.attrgetter", "operator.itemgetter"))
CONSUMERS = frozenset(  # they go through what they are given, now or later
    (
        *"all any bytearray bytes dict enumerate filter frozenset list map max min".split(),
        *"reversed set sorted sum tuple zip collections.Counter collections.OrderedDict".split(),
        *"collections.defaultdict collections.deque itertools.chain itertools.product".split(),
        *"numpy.array numpy.asarray pandas.DataFrame pandas.Index pandas.Series".split(),
    )
)
METHODS = frozenset(
    "absolute copy decode difference encode endswith format get intersection isoformat items "
    "joinpath join keys lower lstrip replace resolve rstrip split splitlines startswith strip "
    "title union upper values with_name with_suffix".split()
)
CONSTRUCTORS = frozenset(("__init__", "__new__", "__post_init__"))
HOOKS = frozenset(("__init_subclass__", "__set_name__", "__class_getitem__"))
