"""The base of everything that a scenario file describes: frozen, strict, and clear about faults.

`Block` turns pydantic's complaints into the words of this package (`fault`). `Variant` is a block
whose own key says which kind it is (``kind: boot_crash``, ``type: rolling``); `OneOf` reads such
a block by a table of models that may still grow.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from simdeploy.units import UnitError

Path = tuple[int | str, ...]
UNKNOWN = "unknown key"
DID_YOU_MEAN = "did you mean"

#: pydantic's error types that can still appear, in words.
WORDS = {
    "missing": "is required",
    "bool_type": "must be true or false",
    "string_type": "must be a text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be a block of keys",
    "model_type": "must be a block of keys",
    "model_attributes_type": "must be a block of keys",
    "none_required": "must be null",
    "too_short": "must not be empty",
    "too_long": "has too many items",
}


def fault(
    path: Sequence[int | str], what: str, *, got: Any = None, show: bool = True, allowed: str = ""
) -> InitErrorDetails:
    """Make one fault at a path below the block that reports it."""
    context: dict[str, Any] = {"what": what, "allowed": allowed, "show": show}
    template = "{what}; {allowed}" if allowed else "{what}"
    error = PydanticCustomError("fault", template, context)
    return InitErrorDetails(type=error, loc=tuple(path), input=got)


def refuse(faults: Iterable[InitErrorDetails], title: str = "scenario") -> None:
    """Raise the faults, if there are any."""
    if found := list(faults):
        raise ValidationError.from_exception_data(title, found)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Tell what is known, and first what comes close.

    >>> did_you_mean("rat", ["rate", "steps"])
    'did you mean "rate"?; known: rate, steps'
    """
    names = list(known)
    close = difflib.get_close_matches(word, names, 1, 0.6)
    hint = f'{DID_YOU_MEAN} "{close[0]}"?; ' if close else ""
    return f"{hint}known: {', '.join(names) or 'none'}"


def file_key(name: str, info: FieldInfo) -> str:
    """Return the key that the file uses for a field."""
    return info.alias or name


def derived(
    make: Callable[[dict[str, Any]], Any], shown: Any, description: str, alias: str | None = None
) -> Any:
    """Make a field whose default follows from the fields above it.

    ``shown`` is the usual default, for the JSON Schema; ``make`` gets the fields that are
    already validated.
    """
    return Field(
        default_factory=make,
        alias=alias,
        description=description,
        json_schema_extra={"default": shown},
    )


#: pydantic's complaint about a default that depends on a faulty key: no fault of its own.
FOLLOWS = "default_factory_not_called"


class Block(BaseModel):
    """A frozen block of keys; unknown keys are faults, null stands for an empty block."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        arbitrary_types_allowed=True,
    )

    #: Hints for keys that people may look for here: key -> what to use instead.
    ELSEWHERE: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def keys(cls) -> list[str]:
        """Keys of this block, as the file spells them."""
        return [file_key(name, info) for name, info in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _explain(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(cls._prepare(data))
        except ValidationError as error:
            told = [one for one in error.errors(include_url=False) if one["type"] != FOLLOWS]
            found = [cls._in_words(one) for one in told]
            raise ValidationError.from_exception_data(cls.__name__, found) from None

    @classmethod
    def _prepare(cls, data: Any) -> Any:
        return {} if data is None else data

    @classmethod
    def _in_words(cls, error: Any) -> InitErrorDetails:
        kind, loc, context = error["type"], error["loc"], error.get("ctx", {})
        if kind == "extra_forbidden" and len(loc) == 1:
            return cls._unknown(str(loc[0]))
        if kind == "fault":
            return fault(loc, context["what"], got=error["input"], show=context["show"],
                         allowed=context["allowed"])  # fmt: skip
        return fault(loc, *_told(error), got=error["input"], show=kind != "missing",
                     allowed=_allowed(context, error["input"]))  # fmt: skip

    @classmethod
    def _unknown(cls, key: str) -> InitErrorDetails:
        if key in cls.ELSEWHERE:
            return fault((key,), cls.ELSEWHERE[key], show=False)
        return fault((key,), UNKNOWN, show=False, allowed=did_you_mean(key, cls.keys()))


def _told(error: Any) -> tuple[str]:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, UnitError):
        return (cause.what,)
    if cause is not None:
        return (str(cause),)
    if error["type"] == "literal_error":
        return ("unknown word",)
    return (WORDS.get(error["type"], error["msg"]),)


def _allowed(context: Mapping[str, Any], got: Any) -> str:
    if isinstance(context.get("error"), UnitError):
        return f"allowed: {context['error'].allowed}" if context["error"].allowed else ""
    if "expected" in context:
        return _words(str(context["expected"]), got)
    return ""


def _words(expected: str, got: Any) -> str:
    words = expected.replace("'", "").replace(" or ", ", ").split(", ")
    return did_you_mean(got if isinstance(got, str) else "", words)


class Variant(Block):
    """A block with a key of its own that says which kind it is.

    ``KEY`` is that key; the class attribute of the name ``ATTRIBUTE`` holds its value.
    """

    KEY: ClassVar[str] = "kind"
    ATTRIBUTE: ClassVar[str] = "kind"

    @classmethod
    def word(cls) -> str:
        """Return the word that stands for this class in a file."""
        return str(getattr(cls, cls.ATTRIBUTE))

    @classmethod
    def keys(cls) -> list[str]:
        """Keys of this block, the telling one first."""
        return [cls.KEY, *super().keys()]

    @classmethod
    def _prepare(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get(cls.KEY) == cls.word():
            return {key: value for key, value in data.items() if key != cls.KEY}
        return super()._prepare(data)

    @model_serializer(mode="wrap")
    def _with_word(self, handler: SerializerFunctionWrapHandler) -> Any:
        return {self.KEY: self.word(), **handler(self)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add the telling key, which is no field."""
        found = handler(schema)
        inner = handler.resolve_ref_schema(found)
        properties = {cls.KEY: {"const": cls.word()}, **inner.get("properties", {})}
        required = [cls.KEY, *(r for r in inner.get("required", []) if r != cls.KEY)]
        inner.update(type="object", properties=properties, required=required)
        return found


@dataclass(frozen=True, eq=False)
class OneOf:
    """Annotation of a field that holds one of several variants, told apart by a key.

    Parameters
    ----------
    models
        Word to model; looked at when a file is read, so that it may grow.
    key
        The telling key.
    """

    models: Mapping[str, type[Variant]]
    key: str = "kind"

    def __call__(self, value: Any) -> Any:
        """Validate a block by the model that its key names."""
        if isinstance(value, Variant) and value.word() in self.models:
            return value
        if not isinstance(value, Mapping):
            refuse([fault((), f"must be a block with the key {self.key}", got=value,
                          allowed=did_you_mean("", self.models))])  # fmt: skip
        return self._model(value).model_validate(value)

    def _model(self, value: Mapping[str, Any]) -> type[Variant]:
        word = value.get(self.key)
        if self.key not in value:
            refuse([fault((), f"needs the key {self.key}", show=False,
                          allowed=did_you_mean("", self.models))])  # fmt: skip
        if not isinstance(word, str) or word not in self.models:
            refuse([fault((self.key,), f"unknown {self.key}", got=word,
                          allowed=did_you_mean(str(word), self.models))])  # fmt: skip
        return self.models[str(word)]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic call this instead of its own parser."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe all variants that are known by now."""
        found = [
            model.__get_pydantic_json_schema__(model.__pydantic_core_schema__, handler)
            for model in self.models.values()
        ]
        return {"oneOf": found}
