"""Trains networks of two layers to read handwritten digits; a server computes all activations and their gradients.

One half of them use ReLU, the other half adaptive piecewise linear units (APLU), whose slopes and hinges are learned by
the gradients of parameters that the server sends: relu(x) + sum over s of a[s] * max(0, b[s] - x), with an a and a b of
its own for each unit. For each seed both begin with the same weights and see the same images in the same order. All
networks take a step at once: their activations are one batch. Learned activations help where there are few units, hence
the default; with --units 12 there is no difference left.

    ./dev demo --learn                             # with a server of its own
    python3 digits.py --server localhost:50051     # where the package is installed
"""

from __future__ import annotations

import argparse
import os
import pathlib
import time

import numpy as np

import actserve

PIXELS, CLASSES, BATCH = 64, 10, 32
DATA = pathlib.Path(__file__).parents[3] / "tests/data/digits"


class Adam:
    """Kingma and Ba's optimizer, over arrays by name."""

    def __init__(self, rate: float) -> None:
        self.rate, self.step = rate, 0
        self.moments: dict[str, tuple[np.ndarray, np.ndarray]] = {}

    def update(self, values: dict[str, np.ndarray], gradients: dict[str, np.ndarray]) -> None:
        self.step += 1
        for name, gradient in gradients.items():
            first, second = self.moments.get(name, (0.0, 0.0))
            first, second = 0.9 * first + 0.1 * gradient, 0.999 * second + 0.001 * gradient**2
            self.moments[name] = first, second
            unbiased = first / (1 - 0.9**self.step), second / (1 - 0.999**self.step)
            values[name] -= (self.rate * unbiased[0] / (np.sqrt(unbiased[1]) + 1e-8)).astype(np.float32)


class Network:
    """log_softmax(activation(x W + c) V + d). The activation's own parameters are learned with the rest."""

    def __init__(self, activation: str, seed: int, units: int, segments: int, rate: float) -> None:
        random = np.random.default_rng(seed)
        self.activation, self.order = activation, np.random.default_rng([seed, 1])
        normal = lambda scale, *shape: (scale * random.standard_normal(shape)).astype(np.float32)  # noqa: E731
        self.values = {
            "W": normal(np.sqrt(2 / PIXELS), PIXELS, units), "c": np.zeros(units, np.float32),
            "V": normal(np.sqrt(1 / units), units, CLASSES), "d": np.zeros(CLASSES, np.float32),
        }
        # Nearly ReLU at first, with hinges spread over what a unit sees.
        learned = {"a": normal(0.1, segments, units), "b": normal(1, segments, units)} if activation == "aplu" else {}
        self.learned = list(learned)
        self.values.update(learned)
        self.optimizer = Adam(rate)

    @property
    def parameters(self) -> dict[str, np.ndarray]:
        return {name: self.values[name] for name in self.learned}

    def hidden(self, x: np.ndarray) -> actserve.EvaluateItem:
        self.x, self.before = x, x @ self.values["W"] + self.values["c"]
        return actserve.EvaluateItem(self.activation, self.before, self.parameters)

    def logits(self, after: np.ndarray) -> np.ndarray:
        self.after = after
        return after @ self.values["V"] + self.values["d"]

    def loss_gradient(self, after: np.ndarray, labels: np.ndarray) -> actserve.GradientItem:
        """Of the mean cross entropy by the logits: -1/n of log_softmax at each image's digit."""
        upstream = np.zeros((len(labels), CLASSES), np.float32)
        upstream[np.arange(len(labels)), labels] = -1 / len(labels)
        return actserve.GradientItem("log_softmax", self.logits(after), upstream)

    def hidden_gradient(self, by_logits: np.ndarray) -> actserve.GradientItem:
        self.by_logits = by_logits
        return actserve.GradientItem(self.activation, self.before, by_logits @ self.values["V"].T, self.parameters)

    def learn(self, by_hidden: actserve.GradientResult) -> None:
        by_before = by_hidden.input_gradient
        self.optimizer.update(self.values, {
            "W": self.x.T @ by_before, "c": by_before.sum(axis=0),
            "V": self.after.T @ self.by_logits, "d": self.by_logits.sum(axis=0),
            **by_hidden.parameter_gradients,
        })


def all_right(results: list) -> list:
    for result in results:
        if isinstance(result, actserve.Error):
            raise result
    return results


def train(client: actserve.Client, networks: list[Network], pixels: np.ndarray, labels: np.ndarray) -> None:
    """All networks, through all images once, each in an order of its own: three calls for a step."""
    orders = [network.order.permutation(len(labels)) for network in networks]
    for start in range(0, len(labels), BATCH):
        chosen = [order[start:start + BATCH] for order in orders]
        hidden = all_right(client.evaluate_batch([n.hidden(pixels[i]) for n, i in zip(networks, chosen)]))
        by_logits = all_right(client.gradient_batch(
            [n.loss_gradient(h.output, labels[i]) for n, h, i in zip(networks, hidden, chosen)]))
        by_hidden = all_right(client.gradient_batch(
            [n.hidden_gradient(g.input_gradient) for n, g in zip(networks, by_logits)]))
        for network, gradient in zip(networks, by_hidden):
            network.learn(gradient)


def accuracies(client: actserve.Client, networks: list[Network], pixels: np.ndarray,
               labels: np.ndarray) -> list[float]:
    hidden = all_right(client.evaluate_batch([network.hidden(pixels) for network in networks]))
    return [float(np.mean(n.logits(h.output).argmax(axis=1) == labels)) for n, h in zip(networks, hidden)]


def main(arguments: list[str] | None = None) -> dict[str, list[float]]:
    """The accuracies on the images that were not trained on, by activation, a number for each seed."""
    parser = argparse.ArgumentParser(description="Trains digits classifiers with ReLU and with learned activations.")
    parser.add_argument("--server", default=os.environ.get("ACTSERVE_SERVER", "localhost:50051"))
    parser.add_argument("--data", type=pathlib.Path, default=DATA, help="the folder with images.npz")
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seeds", type=int, default=8, help="how many of them")
    parser.add_argument("--units", type=int, default=6, help="hidden ones")
    parser.add_argument("--segments", type=int, default=3, help="hinges of each unit")
    parser.add_argument("--rate", type=float, default=0.005)
    options = parser.parse_args(arguments)
    if min(options.epochs, options.seeds, options.units, options.segments) < 1:
        parser.error("epochs, seeds, units and segments are at least 1")

    images = np.load(options.data / "images.npz")
    pixels = {part: (images[f"{part}_pixels"] / np.float32(16)).astype(np.float32) for part in ("train", "test")}
    labels = {part: images[f"{part}_labels"].astype(np.int64) for part in ("train", "test")}
    networks = [Network(activation, seed, options.units, options.segments, options.rate)
                for activation in ("relu", "aplu") for seed in range(1, options.seeds + 1)]
    print(f"{len(networks)} networks of {PIXELS} pixels, {options.units} hidden units and {CLASSES} classes; "
          f"{len(labels['train'])} digits to learn, {len(labels['test'])} others to test with")
    started = time.monotonic()
    with actserve.Client(options.server, deadline=60) as client:
        for epoch in range(1, options.epochs + 1):
            train(client, networks, pixels["train"], labels["train"])
            if epoch % 10 == 0 or epoch == options.epochs:
                right = accuracies(client, networks, pixels["test"], labels["test"])
                relu, aplu = np.mean(right[:options.seeds]), np.mean(right[options.seeds:])
                print(f"  epoch {epoch:3}: relu {relu:7.2%}, aplu {aplu:7.2%} right on average "
                      f"({time.monotonic() - started:.1f} s)")

    by_activation = {"relu": right[:options.seeds], "aplu": right[options.seeds:]}
    print("\n  seed      relu      aplu   difference")
    pairs = list(zip(by_activation["relu"], by_activation["aplu"]))
    for seed, (relu, aplu) in enumerate(pairs, 1):
        print(f"  {seed:4}  {relu:8.2%}  {aplu:8.2%}  {100 * (aplu - relu):+9.2f} points")
    differences = 100 * np.array([aplu - relu for relu, aplu in pairs])
    spread = f" (standard error {differences.std(ddof=1) / np.sqrt(len(pairs)):.2f})" if len(pairs) > 1 else ""
    print(f"  mean  {np.mean(by_activation['relu']):8.2%}  {np.mean(by_activation['aplu']):8.2%}  "
          f"{differences.mean():+9.2f} points{spread}")
    last = networks[-1]
    print("\nWhat the first units of the last network learned, beside max(0, x):")
    for unit in range(min(3, options.units)):
        slopes, hinges = last.values["a"][:, unit], last.values["b"][:, unit]
        terms = " ".join(f"{a:+.2f} max(0, {b:.2f} - x)" for a, b in zip(slopes, hinges))
        print(f"  unit {unit}: {terms}")
    return by_activation


if __name__ == "__main__":
    main()
