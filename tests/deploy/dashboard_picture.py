"""Draws the dashboard's main panels from a real run: two servers behind HAProxy, a load that changes, Prometheus; each panel's
own queries, from Grafana's file. `./dev dashboard` runs it. Usage: dashboard_picture.py FILE.png SECONDS

Grafana draws better. This is for the README, and for seeing what the queries give without Grafana."""

import json
import random
import struct
import sys
import threading
import time
import urllib.parse
import urllib.request

import grpc
import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import EngFormatter, PercentFormatter  # noqa: E402

from generated import pb, pb_grpc  # noqa: E402
from monitoring_test import DASHBOARD, VARIABLES, Prometheus  # noqa: E402
from proxies import HaProxy, free_port  # noqa: E402
from server_process import ServerProcess  # noqa: E402

HOSTS = ["127.0.0.2", "127.0.0.3"]
FUNCTIONS = ["relu", "gelu", "silu", "mish", "softmax", "sparsemax", "tanh"]
PANELS = ["Throughput by kind", "Latency by kind", "Answers by code", "Throughput by function", "Kernel time by function",
          "Sparsity by function", "Waiting and running", "Time in the queue", "Refused"]
CALLERS = 6
RATE_WINDOW = "10s"  # Grafana takes four scrapes: here there is one in a second


def caller(target: str, stopping: threading.Event, seed: int):
    """Calls with what a network might: rows of normal numbers, some gradients, from time to time a mistake."""
    chance = random.Random(seed)
    rows = pb.Tensor(data_type=pb.DATA_TYPE_F32, shape=[16, 256],
                     data=struct.pack("<4096f", *(chance.gauss(0, 1) for _ in range(4096))))
    with grpc.insecure_channel(target, options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
        stub = pb_grpc.ActivationServiceStub(channel)
        while not stopping.is_set():
            name = chance.choice(FUNCTIONS) if chance.random() < 0.99 else "no_such_function"
            try:
                if chance.random() < 0.002:
                    stub.Evaluate(pb.EvaluateRequest(items=[{}] * 2000), timeout=10)  # more than a request may have
                elif chance.random() < 0.3:
                    stub.Gradient(pb.GradientRequest(items=[pb.GradientItem(function=name, input=rows)]), timeout=10)
                else:
                    items = [pb.EvaluateItem(function=name, input=rows)] * chance.choice([1, 1, 4, 16])
                    stub.Evaluate(pb.EvaluateRequest(items=items), timeout=10)
            except grpc.RpcError:
                time.sleep(0.1)
            if seed >= CALLERS // 2 and int(time.monotonic()) % 20 < 10:
                stopping.wait(0.5)  # half of them rest for ten seconds in twenty


def query_range(prometheus: Prometheus, expression: str, start: float, end: float) -> list:
    for name, value in {**VARIABLES, "$__rate_interval": RATE_WINDOW}.items():
        expression = expression.replace(name, value)
    url = f"http://{prometheus.address}/api/v1/query_range?" + urllib.parse.urlencode(
        {"query": expression, "start": start, "end": end, "step": "1s"})
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)["data"]["result"]


def legend(form: str, labels: dict) -> str:
    for name, value in labels.items():
        form = form.replace("{{" + name + "}}", value)
    return form


def draw(axes, panel: dict, series: list, start: float):
    unit = panel["fieldConfig"]["defaults"]["unit"]
    custom = panel["fieldConfig"]["defaults"]["custom"]
    lines = {}
    for form, result in series:
        for each in result:
            values = [(float(at) - start, float(value)) for at, value in each["values"] if value != "NaN"]
            if any(y != 0 for _, y in values):
                lines[legend(form, each["metric"])] = values
    for name, values in sorted(lines.items()):
        axes.plot([x for x, _ in values], [y for _, y in values], linewidth=1, label=name)
    axes.set_title(panel["title"], fontsize=9, loc="left")
    axes.tick_params(labelsize=7)
    axes.xaxis.set_major_formatter("{x:.0f} s")
    axes.grid(alpha=0.3)
    if custom.get("scaleDistribution", {}).get("type") == "log":
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1) if unit == "percentunit" else EngFormatter(
        {"s": "s", "bytes": "B", "Bps": "B/s", "reqps": "/s"}.get(unit, "")))
    axes.legend(fontsize=6, ncol=4, loc="upper left", bbox_to_anchor=(0, -0.08), frameon=False)


def main(file: str, seconds: float):
    port = free_port(*HOSTS)
    replicas = [f"{host}:{port}" for host in HOSTS]
    stopping = threading.Event()
    with ServerProcess(listen=replicas[0]) as first, ServerProcess(listen=replicas[1]) as second, \
            HaProxy(replicas) as proxy, Prometheus([first.metrics_address, second.metrics_address]) as prometheus:
        callers = [threading.Thread(target=caller, args=(proxy.address, stopping, seed)) for seed in range(CALLERS)]
        for each in callers:
            each.start()
        start = time.time() + 12
        print(f"Loading two servers for {seconds:.0f} s", file=sys.stderr)
        time.sleep(seconds)
        end = time.time()
        panels = [panel for panel in DASHBOARD["panels"] if panel["title"] in PANELS]
        series = [[(target["legendFormat"], query_range(prometheus, target["expr"], start, end)) for target in
                   panel["targets"]] for panel in panels]
        stopping.set()
        for each in callers:
            each.join()
    columns = 3
    lines = -(-len(panels) // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(15, 2.6 * lines), layout="constrained")
    for axes, panel, lines_of in zip(grid.flat, panels, series):
        draw(axes, panel, lines_of, start)
    figure.suptitle("Panels of deploy/grafana/dashboards/actserve.json, drawn by matplotlib from Prometheus' answers", fontsize=10)
    figure.savefig(file, dpi=80)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
