"""What torch_peer.py times is what cuda_bench times, by name. PyTorch itself is not needed."""

import importlib.util
import json
import pathlib
import unittest

import torch_peer

OPERATORS = pathlib.Path(__file__).parents[2] / "docs" / "operators" / "pytorch.json"


class TorchPeerTest(unittest.TestCase):
    def test_functions_are_those_that_the_catalogue_has_of_pytorch(self):
        known = {
            (operator["function"], name.removeprefix("torch.nn.functional."))
            for operator in json.loads(OPERATORS.read_text(encoding="utf-8"))["operators"]
            for name in operator["names"]
            if "function" in operator and name.startswith("torch.nn.functional.") and not name.endswith("_")
        }
        # The contests are of one operand; softmin is softmax of other numbers.
        known -= {("glu", "glu"), ("softmin", "softmin")}
        tables = {**torch_peer.ELEMENTWISE, **torch_peer.PER_CHANNEL, **torch_peer.ROWWISE}
        self.assertEqual({(ours, theirs) for ours, (theirs, _) in tables.items()}, known)

    def test_names_are_those_of_cuda_bench(self):
        contests = {name: shape for name, _, _, _, shape in torch_peer.contests(2**18)}
        self.assertEqual(contests["gelu_tanh/forward/f32"], (2**18,))
        self.assertEqual(contests["prelu/gradient/bf16"], (4096, 64))
        self.assertEqual(contests["softmax/gradient/bf16/rows of 131072"], (2, 131072))
        self.assertEqual(len(contests), 2 * 2 * (len(torch_peer.ELEMENTWISE) + 1 + 2 * 3))

    def test_rows_longer_than_all_elements_are_left_out(self):
        names = [name for name, *_ in torch_peer.contests(2**16)]
        self.assertIn("softmax/forward/f32/rows of 32768", names)
        self.assertFalse([name for name in names if "131072" in name])

    @unittest.skipUnless(importlib.util.find_spec("torch"), "there is no PyTorch here")
    def test_pytorch_knows_every_function(self):
        import torch

        for name, function, direction, type_name, shape in torch_peer.contests(2**15):
            if type_name == "f32":  # its kernels for CPUs lack some of bf16
                with self.subTest(name):
                    result = torch_peer.call_of(torch, function, direction, type_name, shape, "cpu")()
                    self.assertEqual((result if direction == "forward" else result[0]).shape, shape)


if __name__ == "__main__":
    unittest.main()
