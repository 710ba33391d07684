"""`asyncapi.yaml` says what the code says: every frame, every field, what is required, and examples that parse."""

import json
from dataclasses import MISSING, fields
from pathlib import Path
from types import UnionType
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints, is_typeddict
from uuid import UUID

import pytest
import yaml

from chat import frames

pytestmark = pytest.mark.unit
DOCUMENT: dict[str, Any] = yaml.safe_load((Path(__file__).resolve().parents[2] / "asyncapi.yaml").read_text())
Shape = tuple[set[str], set[str]]


def followed(node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or what it refers to."""
    if "$ref" not in node:
        return node
    found = DOCUMENT
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return followed(found)


def told_shape(schema: dict[str, Any]) -> Shape:
    """All fields and the required ones."""
    parts = [schema, *map(followed, schema.get("allOf", []))]
    return {name for part in parts for name in part.get("properties", {})}, {name for part in parts for name in part.get("required", [])}


def payloads(operation: str) -> dict[str, dict[str, Any]]:
    """The payloads of an operation's messages by the type that travels on the wire."""
    found = [followed(message)["payload"] for message in DOCUMENT["operations"][operation]["messages"]]
    return {kind(payload): payload for payload in found}


def kind(payload: dict[str, Any]) -> str:
    parts = [payload, *map(followed, payload.get("allOf", []))]
    return str(next(part["properties"]["type"]["const"] for part in parts if "type" in part.get("properties", {})))


def test_clients_may_say_what_is_told() -> None:
    shapes = {
        name: ({"type", *(field.name for field in fields(frame))}, {"type", *(f.name for f in fields(frame) if f.default is MISSING)})
        for name, frame in frames.CLIENT_FRAMES.items()
    }
    assert {name: told_shape(payload) for name, payload in payloads("receiveFromClient").items()} == shapes
    assert all(payload["additionalProperties"] is False for payload in payloads("receiveFromClient").values())


def test_servers_say_what_is_told() -> None:
    shapes = {name: (set(frame.__annotations__), set(frame.__required_keys__)) for name, frame in frames.SERVER_FRAMES.items()}
    assert {name: told_shape(payload) for name, payload in payloads("sendToClient").items()} == shapes


def test_types_on_the_wire_are_those_of_the_code() -> None:
    for name, frame in frames.SERVER_FRAMES.items():
        assert name in str(frame.__annotations__["type"])


def told_types(schema: dict[str, Any]) -> dict[str, Any]:
    """What JSON every field may be, by its name."""
    parts = [schema, *map(followed, schema.get("allOf", []))]
    return {name: json_type(field) for part in parts for name, field in part.get("properties", {}).items()}


def json_type(schema: dict[str, Any]) -> set[str]:
    """The JSON types of a schema; formats count: a UUID is not any text."""
    schema = followed(schema)
    if "const" in schema:
        return {"string"}
    if "anyOf" in schema:
        return set().union(*(json_type(one) for one in schema["anyOf"]))
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return {schema.get("format", kind) if kind == "string" else kind for kind in kinds}


OF_PYTHON: dict[Any, str] = {
    str: "string",
    int: "integer",
    bool: "boolean",
    float: "number",
    UUID: "uuid",
    type(None): "null",
    Any: "object",
}


def code_type(annotation: Any) -> set[str]:
    """The JSON types that a Python annotation stands for."""
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return set().union(*(code_type(one) for one in get_args(annotation)))
    if origin in (NotRequired, Required):
        return code_type(get_args(annotation)[0])
    if origin is Literal:
        return {"string"}
    if origin is not None or is_typeddict(annotation):
        return {"object"}
    return {OF_PYTHON[annotation]}


def texts_are_texts(types: set[str]) -> set[str]:
    """On the way out ids and times are text already: the document may say more of them than the code."""
    return {"string" if kind in ("uuid", "date-time") else kind for kind in types}


@pytest.mark.parametrize("name", frames.CLIENT_FRAMES)
def test_what_clients_say_has_the_types_of_the_code(name: str) -> None:
    hints = {"type": str, **get_type_hints(frames.CLIENT_FRAMES[name])}
    assert told_types(payloads("receiveFromClient")[name]) == {field: code_type(hint) for field, hint in hints.items()}


@pytest.mark.parametrize("name", frames.SERVER_FRAMES)
def test_what_servers_say_has_the_types_of_the_code(name: str) -> None:
    hints = get_type_hints(frames.SERVER_FRAMES[name])
    told = {field: texts_are_texts(types) for field, types in told_types(payloads("sendToClient")[name]).items()}
    assert told == {field: code_type(hint) for field, hint in hints.items()}


def test_inner_shapes_are_those_of_the_code() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert told_shape(schemas["Message"]) == (set(frames.Message.__annotations__), set(frames.Message.__required_keys__))
    assert told_shape(schemas["Photo"]) == (set(frames.Photo.__annotations__), set(frames.Photo.__required_keys__))
    room = payloads("sendToClient")["hello"]["properties"]["rooms"]["additionalProperties"]
    assert told_shape(room) == (set(frames.RoomState.__annotations__), set(frames.RoomState.__required_keys__))


def test_limits_are_those_of_the_code() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert schemas["Body"]["maxLength"] == frames.MAX_BODY_CHARACTERS
    assert schemas["Seq"]["maximum"] == frames.MAX_SEQ
    assert payloads("receiveFromClient")["resume"]["properties"]["rooms"]["maxProperties"] == frames.MAX_RESUMED_ROOMS


def test_examples_parse() -> None:
    messages = [followed(message) for message in DOCUMENT["operations"]["receiveFromClient"]["messages"]]
    for message in messages:
        assert message["examples"]
        for example in message["examples"]:
            frames.parse(json.dumps(example["payload"]))


def test_every_reference_leads_somewhere() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert followed(node)
            for inner in node.values():
                walk(inner)
        elif isinstance(node, list):
            for inner in node:
                walk(inner)

    walk(DOCUMENT)
