"""Gradients go through a remote activation. Skipped where PyTorch is not installed."""

from __future__ import annotations

import os
import unittest

import actserve

try:
    import torch
except ImportError:
    raise unittest.SkipTest("PyTorch is not installed (Debian's python3-torch)") from None

import actserve.torch


class TorchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.manual_seed(1)
        cls.client = cls.enterClassContext(actserve.Client(os.environ["ACTSERVE_SERVER"], deadline=60))

    def test_gradients_are_those_of_finite_differences(self):
        x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        numbers = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
        channels = torch.rand(3, dtype=torch.float64, requires_grad=True)
        hinges = [torch.randn(2, 3, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        apply = actserve.torch.apply
        check = torch.autograd.gradcheck
        self.assertTrue(check(lambda x: apply(self.client, "gelu", x), (x,)))
        self.assertTrue(check(lambda x: apply(self.client, "softmax", x, axis=0), (x,)))
        self.assertTrue(check(lambda x, b: apply(self.client, "silu", x, parameters={"beta": b}), (x, numbers)))
        self.assertTrue(check(lambda x, a: apply(self.client, "prelu", x, parameters={"alpha": a}), (x, channels)))
        self.assertTrue(check(lambda x, a, b: apply(self.client, "aplu", x, parameters={"a": a, "b": b}), (x, *hinges)))

    def test_is_pytorchs_own(self):
        for dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16):
            x = torch.linspace(-3, 3, 40).to(dtype).reshape(8, 5).T.requires_grad_()
            y = actserve.torch.apply(self.client, "relu", x)
            self.assertTrue(torch.equal(y, x.where(x > 0, torch.zeros_like(x))))
            (gradient,) = torch.autograd.grad(y, x, 2 * torch.ones_like(y))
            self.assertTrue(torch.equal(gradient, 2 * (x > 0).to(dtype)))

    def test_a_layer_learns(self):
        activation = actserve.torch.Activation(self.client, "prelu", {"alpha": torch.full((6,), 0.25)})
        model = torch.nn.Sequential(torch.nn.Linear(2, 6), activation, torch.nn.Linear(6, 1))
        self.assertIn("1.alpha", dict(model.named_parameters()))
        x = torch.randn(64, 2)
        y = (x[:, :1] * x[:, 1:]).sign()
        optimizer = torch.optim.Adam(model.parameters(), 0.05)
        losses = []
        for _ in range(40):
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        self.assertLess(losses[-1], 0.5 * losses[0])
        self.assertGreater((activation.alpha - 0.25).abs().max().item(), 0.01)

    def test_numbers_are_not_learned(self):
        layer = actserve.torch.Activation(self.client, "silu", {"beta": 1.5})
        self.assertEqual(list(layer.parameters()), [])
        x = torch.ones(3, requires_grad=True)
        layer(x).sum().backward()
        self.assertEqual(x.grad.shape, x.shape)

    def test_second_derivatives_are_refused(self):
        x = torch.ones(3, requires_grad=True)
        (gradient,) = torch.autograd.grad(actserve.torch.apply(self.client, "gelu", x).sum(), x, create_graph=True)
        with self.assertRaisesRegex(RuntimeError, "does not require grad"):
            gradient.sum().backward()


if __name__ == "__main__":
    unittest.main(verbosity=2)
