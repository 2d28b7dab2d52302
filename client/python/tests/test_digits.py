"""The digits example learns, slopes and hinges included."""

from __future__ import annotations

import contextlib
import io
import os
import pathlib
import sys
import unittest

import numpy as np

import actserve

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "examples"))
import digits  # noqa: E402


class DigitsTest(unittest.TestCase):
    def test_learns_in_a_few_epochs(self):
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            by_activation = digits.main(["--epochs", "4", "--seeds", "2", "--units", "12", "--rate", "0.01"])
        for activation, accuracies in by_activation.items():
            self.assertEqual(len(accuracies), 2)
            self.assertGreater(min(accuracies), 0.8, activation)  # of ten digits; guessing gives 0.1
        self.assertIn("standard error", output.getvalue())

    def test_slopes_and_hinges_are_learned(self):
        random = np.random.default_rng(1)
        pixels, labels = random.random((96, digits.PIXELS), np.float32), random.integers(0, 10, 96)
        network = digits.Network("aplu", 1, units=5, segments=2, rate=0.01)
        before = {name: value.copy() for name, value in network.values.items()}
        with actserve.Client(os.environ["ACTSERVE_SERVER"], deadline=60) as client:
            digits.train(client, [network], pixels, labels)
        for name, value in network.values.items():
            self.assertTrue(np.isfinite(value).all(), name)
            self.assertGreater(np.abs(value - before[name]).max(), 0.001, name)

    def test_gradients_of_slopes_are_those_of_finite_differences(self):
        random = np.random.default_rng(2)
        pixels, labels = random.random((32, digits.PIXELS), np.float32), random.integers(0, 10, 32)
        network = digits.Network("aplu", 3, units=4, segments=2, rate=0.01)

        with actserve.Client(os.environ["ACTSERVE_SERVER"], deadline=60) as client:
            def loss() -> float:
                after = client.evaluate("aplu", network.hidden(pixels).input, parameters=network.parameters)
                by_class = client.evaluate("log_softmax", network.logits(after).astype(np.float64))
                return -float(np.mean(by_class[np.arange(len(labels)), labels]))

            loss()
            (by_logits,) = client.gradient_batch([network.loss_gradient(network.after, labels)])
            (by_hidden,) = client.gradient_batch([network.hidden_gradient(by_logits.input_gradient)])
            slope = network.values["a"]
            for at in np.ndindex(*slope.shape):
                kept, step = slope[at], np.float32(1 / 64)
                slope[at] = kept + step
                above = loss()
                slope[at] = kept - step
                below = loss()
                slope[at] = kept
                self.assertAlmostEqual(by_hidden.parameter_gradients["a"][at], (above - below) / (2 * step), places=4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
