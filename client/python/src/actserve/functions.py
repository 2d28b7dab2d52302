"""What the server says of its functions."""

from __future__ import annotations

import dataclasses
from typing import Any

from . import protocol

_KINDS = protocol.names("FunctionKind")
_SHAPES = protocol.names("ParameterShape")


@dataclasses.dataclass(frozen=True)
class ParameterInfo:
    name: str
    summary: str
    shape: str  # "SCALAR", "CHANNELS": a number or [channels], "SEGMENTS_CHANNELS": [segments] or [segments, channels]
    required: bool
    learnable: bool  # has a gradient
    default: float | None  # none where required
    min: float  # inclusive; may be infinite
    max: float
    is_count: bool = False  # of a row's elements: a whole number, no more than there are


@dataclasses.dataclass(frozen=True)
class Function:
    name: str
    aliases: tuple[str, ...]
    summary: str
    formula: str
    derivative: str
    kind: str  # "ELEMENTWISE", "PER_CHANNEL" or "ROWWISE"
    parameters: tuple[ParameterInfo, ...]
    reference: str  # where it was published
    usage: str  # models and layers that are known for it


def from_message(message: Any) -> Function:
    parameters = tuple(
        ParameterInfo(p.name, p.summary, _SHAPES[p.shape], p.required, p.learnable,
                      None if p.required else p.default_value, p.min, p.max, p.is_count) for p in message.parameters)
    return Function(message.name, tuple(message.aliases), message.summary, message.formula, message.derivative,
                    _KINDS[message.kind], parameters, message.reference, message.usage)
