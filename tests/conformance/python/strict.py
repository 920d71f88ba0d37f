"""Compares a reply with a response type of an official client, more strictly than the client does.

The clients forgive: they take unknown fields, and they build objects without validating. Here a
reply is faultless only if every field that the type knows as required is there, no field is there
that the type does not know, and every value has exactly the declared type (pydantic's strict mode:
no number in a string, no text for a number).
"""

import json
import typing

import pydantic

# Fields that the types do not know, with the JSON type they have. Servers that are compatible with
# OpenAI's have reasoning_content in common. OpenAI's own server repeats in a response whether it
# is stored; its API description and its client's type forget that field.
EXTENSIONS = {
    ("ChatCompletionMessage", "reasoning_content"): str,
    ("ChoiceDelta", "reasoning_content"): str,
    ("Response", "store"): bool,
}

# OpenAI's API description says these are always present, although they may be null; the client's
# types only say that they may be null.
NULLABLE_BUT_PRESENT = {
    "ChatCompletionMessage": ("content", "refusal"),
    "openai.types.chat.chat_completion.Choice": ("logprobs",),
    "openai.types.chat.chat_completion_chunk.Choice": ("finish_reason",),
    "CompletionChoice": ("logprobs",),
    "Response": ("error", "incomplete_details", "instructions", "metadata", "temperature", "top_p"),
    "anthropic.types.message.Message": ("stop_reason", "stop_sequence"),
}


def _full_name(model):
    return f"{model.__module__}.{model.__name__}"


def _present(model):
    for name in (model.__name__, _full_name(model)):
        if name in NULLABLE_BUT_PRESENT:
            return NULLABLE_BUT_PRESENT[name]
    return ()


def _is_model(kind):
    return isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def _members(kind):
    """The alternatives of a type, without annotations and aliases."""
    origin = typing.get_origin(kind)
    if hasattr(kind, "__value__"):
        return _members(kind.__value__)
    if origin is typing.Annotated:
        return _members(typing.get_args(kind)[0])
    if origin is typing.Union or type(kind).__name__ == "UnionType":
        return [member for part in typing.get_args(kind) for member in _members(part)]
    return [kind]


def _contradicts(model, value):
    """Whether a literal field, such as `type`, says that the value is of another model."""
    for name, field in model.model_fields.items():
        if typing.get_origin(field.annotation) is typing.Literal:
            key = field.alias or name
            if key in value and value[key] not in typing.get_args(field.annotation):
                return True
    return False


def _object_faults(model, value, where):
    if not isinstance(value, dict):
        return [f"{where}: not an object, but {value!r:.60}"]
    faults, keys = [], {}
    for name, field in model.model_fields.items():
        keys[field.alias or name] = field.annotation
        if field.is_required() and (field.alias or name) not in value:
            faults.append(f"{where}.{field.alias or name}: required, and not there")
    for name in _present(model):
        if name not in value:
            faults.append(f"{where}.{name}: may be null, and is not there")
    for key, inner in value.items():
        if key in keys:
            faults += _key_faults(keys[key], inner, f"{where}.{key}")
        elif (model.__name__, key) not in EXTENSIONS:
            faults.append(f"{where}.{key}: not known to {model.__name__}")
        elif type(inner) is not EXTENSIONS[model.__name__, key]:
            faults.append(f"{where}.{key}: of the wrong type, {inner!r:.60}")
    return faults


def _key_faults(kind, value, where):
    """Missing and unknown keys anywhere below; the values' types are pydantic's business."""
    members = _members(kind)
    if isinstance(value, dict):
        models = [member for member in members if _is_model(member)]
        fitting = [model for model in models if not _contradicts(model, value)]
        if models and not fitting:
            return [f"{where}: type {value.get('type')!r} is none of those known here"]
        results = [_object_faults(model, value, where) for model in fitting]
        return min(results, key=len, default=[])
    if isinstance(value, list):
        for member in members:
            if typing.get_origin(member) is list:
                (item,) = typing.get_args(member)
                return [
                    fault
                    for i, inner in enumerate(value)
                    for fault in _key_faults(item, inner, f"{where}[{i}]")
                ]
    return []


def faults(kind, text):
    """What is wrong with the JSON text as a value of `kind`: one line each, none if faultless."""
    value = json.loads(text)
    models = [member for member in _members(kind) if _is_model(member)]
    root = models[0].__name__ if len(models) == 1 else "reply"
    found = _key_faults(kind, value, root)
    try:
        pydantic.TypeAdapter(kind).validate_json(text, strict=True)
    except pydantic.ValidationError as error:
        # Of a union, pydantic reports what is wrong with every member: those that do not apply
        # by their literal fields are noise, but which those are is told by the first part.
        for problem in error.errors(include_url=False, include_input=False):
            path = ".".join(str(part) for part in problem["loc"])
            found.append(f"{root} {path}: {problem['msg']}")
    return found


def completion_stream_faults(kind, text):
    """The same for an event of a streamed text completion. While nothing has ended, OpenAI's own
    server sends a null finish_reason; its client's type, that of the unary reply, forbids it."""
    value = json.loads(text)
    for choice in value.get("choices", []):
        if isinstance(choice, dict) and choice.get("finish_reason", "") is None:
            choice["finish_reason"] = "stop"
    return faults(kind, json.dumps(value))
