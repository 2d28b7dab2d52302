#!/usr/bin/env python3
"""Times in PyTorch, eager, what cuda_bench times: the same functions, directions, types and sizes, on the same GPU.

Writes JSON that `cuda_bench --torch FILE` shows beside its own figures. Needs a PyTorch with CUDA; functions that PyTorch
has not are left out. What eager allocates comes from PyTorch's own cache after the warm-up.
"""

import argparse
import json
import sys

ELEMENTS = 2**28
ROWS = (1024, 32768, 131072)
CHANNELS = 64
WARM_UP_ROUNDS = 3
TYPES = {"f32": "float32", "bf16": "bfloat16"}
DIRECTIONS = ("forward", "gradient")

# Our function: PyTorch's in torch.nn.functional, and its arguments, for our default parameters. The same functions as in
# tests/docs/operators/pytorch.json, which the test looks at.
ELEMENTWISE = {
    "celu": ("celu", {"alpha": 1.0}),
    "elu": ("elu", {"alpha": 1.0}),
    "gelu": ("gelu", {"approximate": "none"}),
    "gelu_tanh": ("gelu", {"approximate": "tanh"}),
    "hardshrink": ("hardshrink", {"lambd": 0.5}),
    "hardsigmoid": ("hardsigmoid", {}),
    "hardswish": ("hardswish", {}),
    "hardtanh": ("hardtanh", {"min_val": -1.0, "max_val": 1.0}),
    "leaky_relu": ("leaky_relu", {"negative_slope": 0.01}),
    "logsigmoid": ("logsigmoid", {}),
    "mish": ("mish", {}),
    "relu": ("relu", {}),
    "relu6": ("relu6", {}),
    "rrelu": ("rrelu", {"training": False}),
    "selu": ("selu", {}),
    "sigmoid": ("sigmoid", {}),
    "silu": ("silu", {}),
    "softplus": ("softplus", {"beta": 1.0}),
    "softshrink": ("softshrink", {"lambd": 0.5}),
    "softsign": ("softsign", {}),
    "tanh": ("tanh", {}),
    "tanhshrink": ("tanhshrink", {}),
    "threshold": ("threshold", {"threshold": 0.0, "value": 0.0}),
}
PER_CHANNEL = {"prelu": ("prelu", {})}  # and a weight for each channel
ROWWISE = {"log_softmax": ("log_softmax", {"dim": -1}), "softmax": ("softmax", {"dim": -1})}


def contests(elements):
    """Yields (name as cuda_bench has it, function, direction, type, shape)."""
    for type_name in TYPES:
        for table, shapes in (
            (ELEMENTWISE, [(elements,)]),
            (PER_CHANNEL, [(elements // CHANNELS, CHANNELS)]),
            (ROWWISE, [(elements // row, row) for row in ROWS if row <= elements]),
        ):
            for function in table:
                for direction in DIRECTIONS:
                    for shape in shapes:
                        name = f"{function}/{direction}/{type_name}"
                        if table is ROWWISE:
                            name += f"/rows of {shape[1]}"
                        yield name, function, direction, type_name, shape


def call_of(torch, function, direction, type_name, shape, device):
    """Makes the operands, and returns what is to be timed."""
    torch_name, arguments = {**ELEMENTWISE, **PER_CHANNEL, **ROWWISE}[function]
    # Those that are deprecated in torch.nn.functional have long been in torch itself.
    operator = getattr(torch if torch_name in ("sigmoid", "tanh") else torch.nn.functional, torch_name)
    dtype = getattr(torch, TYPES[type_name])
    x = torch.randn(shape, device=device, dtype=dtype).mul_(2)
    if function in PER_CHANNEL:
        arguments = {"weight": torch.full((CHANNELS,), 0.25, device=device, dtype=dtype)}
    if direction == "forward":
        return lambda: operator(x, **arguments)
    x.requires_grad_(True)
    y = operator(x, **arguments)
    upstream = torch.randn(shape, device=device, dtype=dtype)
    return lambda: torch.autograd.grad(y, x, upstream, retain_graph=True)


def seconds_of(torch, call, rounds):
    """Of each round, after the warm-up, by the GPU's own clock."""
    seconds = []
    for turn in range(-WARM_UP_ROUNDS, rounds):
        begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        begin.record()
        result = call()
        end.record()
        end.synchronize()
        del result  # so that the next round gets the same memory
        if turn >= 0:
            seconds.append(begin.elapsed_time(end) / 1e3)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", required=True, metavar="FILE")
    parser.add_argument("--elements", type=int, default=ELEMENTS, help="of every contest (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--gpu", type=int, default=0)
    options = parser.parse_args()

    import torch

    torch.cuda.set_device(options.gpu)
    device = torch.device("cuda", options.gpu)
    results = []
    for name, function, direction, type_name, shape in contests(options.elements):
        print(f"PyTorch: {name}", file=sys.stderr)
        try:
            call = call_of(torch, function, direction, type_name, shape, device)
            results.append({"name": name, "seconds": seconds_of(torch, call, options.rounds)})
        except RuntimeError as error:  # a type that this version lacks, or too little memory
            print(f"PyTorch: {name} is left out: {error}", file=sys.stderr)
        call = None  # with its operands
    report = {
        "torch": torch.__version__,
        "device": torch.cuda.get_device_name(device),
        "elements": options.elements,
        "results": results,
    }
    with open(options.json, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
