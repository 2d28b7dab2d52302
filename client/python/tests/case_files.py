"""Reads the case files, which tests/cases/README.md describes."""

from __future__ import annotations

import json
import os
import pathlib
import struct
from typing import Any, Iterator

import numpy as np

import actserve

DTYPES = {"f64": np.dtype("<f8"), "f32": np.dtype("<f4"), "f16": np.dtype("<f2"), "bf16": actserve.bfloat16,
          "f8e4m3fn": actserve.float8_e4m3fn, "f8e5m2": actserve.float8_e5m2, "i8": np.dtype("i1"), "u8": np.dtype("u1")}


def files() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for path in sorted(pathlib.Path(os.environ["ACTSERVE_CASES"]).glob("*.json")):
        yield path.stem, json.loads(path.read_text())["cases"]


def array(tensor: dict[str, Any]) -> np.ndarray[Any, Any]:
    data = bytes.fromhex(tensor.get("data", ""))
    return np.frombuffer(data, DTYPES[tensor["type"]]).reshape(tensor.get("shape", ()))


def quantization(given: dict[str, Any], field: str) -> actserve.Quantization | None:
    if field not in given:
        return None
    scale = np.frombuffer(bytes.fromhex(given[field]["scale"]), "<f4")
    return actserve.Quantization(scale, given[field].get("zero_point"), given[field].get("axis"))


def value(parameter: dict[str, Any]) -> Any:
    if "tensor" in parameter:
        return array(parameter["tensor"])
    (number,) = struct.unpack("<d", bytes.fromhex(parameter["scalar"]))
    return number


def item(case: dict[str, Any], given: dict[str, Any]) -> actserve.EvaluateItem | actserve.GradientItem:
    common = {
        "function": given.get("function", ""),
        "input": array(given["input"]),
        "parameters": {p["name"]: value(p) for p in given.get("parameters", ())},
        "axis": given.get("axis"),
        "output_type": DTYPES[given["output_type"]] if "output_type" in given else None,
        "quantization": quantization(given["input"], "quantization"),
        "output_quantization": quantization(given, "output_quantization"),
        "saturating": {None: None, "saturating": True, "non_saturating": False}[given.get("overflow")],
        "gate": array(given["gate"]) if "gate" in given else None,
        "layout": given.get("layout"),
        "gate_quantization": quantization(given.get("gate", {}), "quantization"),
        "encoding": given.get("output_encoding", "dense"),
    }
    if case["call"] == "evaluate":
        return actserve.EvaluateItem(**common)
    return actserve.GradientItem(**common, upstream=array(given["upstream"]) if "upstream" in given else None,
                                 input_gradient_only=given.get("input_gradient_only", False))
