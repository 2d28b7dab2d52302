"""The messages of the wire.

They live in a pool of descriptors of their own: a program may have generated modules of the same messages, or
googleapis' copy of google.rpc, and protobuf allows a name only once in a pool.
"""

from __future__ import annotations

import importlib.resources
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

SERVICE = "actserve.v1.ActivationService"


def _load() -> Any:
    serialized = importlib.resources.files(__package__).joinpath("protocol.binpb").read_bytes()
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(serialized).file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


_pool = _load()
if hasattr(message_factory, "GetMessageClass"):  # since protobuf 4.22
    _class_of = message_factory.GetMessageClass
else:
    _class_of = message_factory.MessageFactory(_pool).GetPrototype


def message(name: str) -> Any:
    """The class of the messages of this full name."""
    return _class_of(_pool.FindMessageTypeByName(name))


def value(enum: str, name: str) -> int:
    """The number of a value of an enum of actserve.v1."""
    number: int = _pool.FindEnumTypeByName(f"actserve.v1.{enum}").values_by_name[name].number
    return number


def names(enum: str) -> dict[int, str]:
    """The names of all values of an enum of actserve.v1, such as "ROWWISE" in FUNCTION_KIND_ROWWISE."""
    values = _pool.FindEnumTypeByName(f"actserve.v1.{enum}").values
    prefix = len(values[0].name) - len("UNSPECIFIED")
    return {each.number: each.name[prefix:] for each in values}


Tensor = message("actserve.v1.Tensor")
Quantization = message("actserve.v1.Quantization")
Parameter = message("actserve.v1.Parameter")
EvaluateItem = message("actserve.v1.EvaluateItem")
EvaluateRequest = message("actserve.v1.EvaluateRequest")
EvaluateResponse = message("actserve.v1.EvaluateResponse")
GradientItem = message("actserve.v1.GradientItem")
GradientRequest = message("actserve.v1.GradientRequest")
GradientResponse = message("actserve.v1.GradientResponse")
ListFunctionsRequest = message("actserve.v1.ListFunctionsRequest")
ListFunctionsResponse = message("actserve.v1.ListFunctionsResponse")
GetFunctionRequest = message("actserve.v1.GetFunctionRequest")
Function = message("actserve.v1.Function")

Status = message("google.rpc.Status")
BadRequest = message("google.rpc.BadRequest")
RetryInfo = message("google.rpc.RetryInfo")
