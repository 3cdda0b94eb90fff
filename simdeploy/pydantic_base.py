"""Pydantic base classes: frozen, extra keys forbidden, errors in our words.

`Block` replaces pydantic's error messages by those of this package (`fault`). `Variant` is a block
with a discriminator (``kind: boot_crash``, ``type: rolling``); `OneOf` validates such a block by
a table of models that may still grow.
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
from pydantic_core import (
    CoreSchema,
    ErrorDetails,
    InitErrorDetails,
    PydanticCustomError,
    core_schema,
)

from simdeploy.units import UnitError

Path = tuple[int | str, ...]
UNKNOWN = "unknown key"
DID_YOU_MEAN = "did you mean"

#: Our messages for pydantic's error types.
MESSAGES = {
    "missing": "is required",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text",
    "string_unicode": "must be a text of whole characters",
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
    path: Sequence[int | str],
    what: str,
    *,
    got: object = None,
    show: bool = True,
    allowed: str = "",
) -> InitErrorDetails:
    """Return the error of a value at a path below the block that reports it.

    ``show`` says whether the message ends with the value, ``allowed`` what would be right.
    """
    context: dict[str, Any] = {"what": what, "allowed": allowed, "show": show}
    template = "{what}; {allowed}" if allowed else "{what}"
    error = PydanticCustomError("fault", template, context)
    return InitErrorDetails(type=error, loc=tuple(path), input=got)


def refuse(faults: Iterable[InitErrorDetails], title: str = "scenario") -> None:
    """Raise the faults, if there are any."""
    if errors := list(faults):
        raise ValidationError.from_exception_data(title, errors)


def closest(word: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """Return the known word that is most like a word; None if all are less like it than that."""
    return next(iter(difflib.get_close_matches(word, known, 1, likeness)), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint: the closest known word, if any is close, and the known words.

    >>> did_you_mean("rat", ["rate", "steps"])
    'did you mean "rate"?; known: rate, steps'
    """
    names = list(known)
    close = closest(word, names)
    hint = f'{DID_YOU_MEAN} "{close}"?; ' if close else ""
    return f"{hint}known: {', '.join(names) or 'none'}"


def file_key(name: str, info: FieldInfo) -> str:
    """Return the key that the file uses for a field."""
    return info.alias or name


def derived(make: Callable[[dict[str, Any]], Any], shown: Any, description: str) -> Any:
    """Return a field whose default is computed from the fields above it.

    ``make`` gets the fields that are already validated; ``shown`` is the usual default, for the
    JSON Schema.
    """
    return Field(
        default_factory=make,
        description=description,
        json_schema_extra={"default": shown},
    )


#: pydantic's error for a default that depends on a faulty field, which has an error of its own.
FOLLOWS = "default_factory_not_called"


class Block(BaseModel):
    """Model of a block of keys: frozen, unknown keys forbidden, null reads as an empty block."""

    model_config = ConfigDict(
        defer_build=True,
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        arbitrary_types_allowed=True,
    )

    #: Hints for keys that users may expect here: key -> what to use instead.
    ELSEWHERE: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def keys(cls) -> list[str]:
        """Keys of this block, as the file spells them."""
        return [file_key(name, info) for name, info in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _translate_errors(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(cls._prepare(data))
        except ValidationError as error:
            details = [d for d in error.errors(include_url=False) if d["type"] != FOLLOWS]
            ours = [cls._translated(detail) for detail in details]
            raise ValidationError.from_exception_data(cls.__name__, ours) from None

    @classmethod
    def _prepare(cls, data: Any) -> Any:
        return {} if data is None else data

    @classmethod
    def _translated(cls, error: ErrorDetails) -> InitErrorDetails:
        kind, loc, context = error["type"], error["loc"], error.get("ctx", {})
        if kind == "extra_forbidden" and len(loc) == 1:
            return cls._unknown(str(loc[0]))
        if kind == "fault":
            return fault(loc, context["what"], got=error["input"], show=context["show"],
                         allowed=context["allowed"])  # fmt: skip
        return fault(loc, _message(error), got=error["input"], show=kind != "missing",
                     allowed=_allowed(context, error["input"]))  # fmt: skip

    @classmethod
    def _unknown(cls, key: str) -> InitErrorDetails:
        if key in cls.ELSEWHERE:
            return fault((key,), cls.ELSEWHERE[key], show=False)
        return fault((key,), UNKNOWN, show=False, allowed=did_you_mean(key, cls.keys()))


def _message(error: ErrorDetails) -> str:
    cause = error.get("ctx", {}).get("error")
    if cause is not None:
        return cause.what if isinstance(cause, UnitError) else str(cause)
    if error["type"] == "literal_error":
        return "unknown word"
    return MESSAGES.get(error["type"], error["msg"])


def _allowed(context: Mapping[str, Any], got: object) -> str:
    cause = context.get("error")
    if isinstance(cause, UnitError):
        return f"allowed: {cause.allowed}" if cause.allowed else ""
    if "expected" not in context:
        return ""
    words = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
    return did_you_mean(got if isinstance(got, str) else "", words)


class Variant(Block):
    """A block with a discriminator, such as ``kind: boot_crash``.

    ``KEY`` is its key in a file; the class attribute of the name ``ATTRIBUTE`` holds its value,
    which a class may give as ``tag``: ``class Slow(Variant, tag="slow", among=FAULTS)``.
    """

    KEY: ClassVar[str] = "kind"
    ATTRIBUTE: ClassVar[str] = "kind"

    def __init_subclass__(
        cls, tag: str = "", among: dict[str, type["Variant"]] | None = None
    ) -> None:
        """Set the discriminator's value, and add the class to a table of variants under it."""
        if tag:
            setattr(cls, cls.ATTRIBUTE, tag)
        if among is not None:
            among[tag] = cls

    @classmethod
    def tag(cls) -> str:
        """Return the discriminator's value for this class."""
        return str(getattr(cls, cls.ATTRIBUTE))

    @classmethod
    def made(cls, block: Any) -> Self:
        """Validate a block of a file."""
        return cls.model_validate(block)

    @classmethod
    def keys(cls) -> list[str]:
        """Keys of this block, the discriminator first."""
        return [cls.KEY, *super().keys()]

    @classmethod
    def _prepare(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get(cls.KEY) == cls.tag():
            return {key: value for key, value in data.items() if key != cls.KEY}
        return super()._prepare(data)

    @model_serializer(mode="wrap")
    def _with_tag(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {self.KEY: self.tag(), **handler(self)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Add the discriminator, which is no field."""
        result = handler(schema)
        inner = handler.resolve_ref_schema(result)
        properties = {cls.KEY: {"const": cls.tag()}, **inner.get("properties", {})}
        required = [cls.KEY, *(r for r in inner.get("required", []) if r != cls.KEY)]
        inner.update(type="object", properties=properties, required=required)
        return result


@dataclass(frozen=True, eq=False)
class OneOf:
    """Annotation of a field that holds one of several variants: a discriminated union.

    Parameters
    ----------
    models
        Discriminator's value to model; looked up at validation, so that it may grow.
    key
        The discriminator.
    """

    models: Mapping[str, type[Variant]]
    key: str = "kind"

    def __call__(self, value: Any) -> Any:
        """Validate a block by the model that its discriminator names."""
        if isinstance(value, Variant) and value.tag() in self.models:
            return value
        if not isinstance(value, Mapping):
            refuse([fault((), f"must be a block with the key {self.key}", got=value,
                          allowed=did_you_mean("", self.models))])  # fmt: skip
        return self._model(value).made(value)

    def _model(self, value: Mapping[str, Any]) -> type[Variant]:
        tag = value.get(self.key)
        if self.key not in value:
            refuse([fault((), f"needs the key {self.key}", show=False,
                          allowed=did_you_mean("", self.models))])  # fmt: skip
        if not isinstance(tag, str) or tag not in self.models:
            refuse([fault((self.key,), f"unknown {self.key}", got=tag,
                          allowed=did_you_mean(str(tag), self.models))])  # fmt: skip
        return self.models[str(tag)]

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Let pydantic call this instead of its own parser."""
        return core_schema.no_info_plain_validator_function(self)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Describe all variants that are known by now."""
        variants = [
            model.__get_pydantic_json_schema__(model.__pydantic_core_schema__, handler)
            for model in self.models.values()
        ]
        return {"oneOf": variants}
