"""Every case of tests/cases against the real server, bits compared: alone, all of a file in batches, over streams."""

from __future__ import annotations

import os
import struct
import unittest
from typing import Any

import numpy as np

import actserve
import case_files


def bits(value: Any) -> tuple[Any, ...]:
    if isinstance(value, float):
        return "scalar", struct.pack("<d", value)
    return value.dtype, value.shape, value.tobytes()


def numbers(quantization: Any) -> Any:
    if quantization is None:
        return None
    zero_point = None if quantization.zero_point is None else np.ravel(quantization.zero_point).tolist()
    return np.ravel(quantization.scale).tolist(), zero_point, quantization.axis


class CasesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.client = cls.enterClassContext(actserve.Client(os.environ["ACTSERVE_SERVER"], deadline=60))
        cls.call = {"evaluate": cls.client.evaluate_batch, "gradient": cls.client.gradient_batch}
        cls.stream = {"evaluate": cls.client.evaluate_stream, "gradient": cls.client.gradient_stream}

    def check_error(self, error, expected, shift=0):
        self.assertIsInstance(error, actserve.Error)
        self.assertEqual(error.code.name, expected["code"])
        if not shift:  # or the item has another number
            self.assertEqual(error.field, expected["field"])
        self.assertIn(expected["message"], error.message)

    def check(self, result, expected, shift=0):
        if "error" in expected:
            return self.check_error(result, expected["error"], shift)
        if isinstance(result, actserve.Error):
            raise result
        quantized = case_files.quantization(expected["output"], "quantization")
        self.assertEqual(numbers(result.quantization), numbers(quantized))
        if isinstance(result, actserve.EvaluateResult):
            return self.assertEqual(bits(result.output), bits(case_files.array(expected["output"])))
        self.assertEqual(bits(result.input_gradient), bits(case_files.array(expected["output"])))
        gradients = {p["name"]: bits(case_files.value(p)) for p in expected.get("parameter_gradients", ())}
        self.assertEqual({name: bits(value) for name, value in result.parameter_gradients.items()}, gradients)

    def test_each_case(self):
        count = 0
        for file, cases in case_files.files():
            for case in cases:
                with self.subTest(file=file, case=case["name"]):
                    count += 1
                    items = [case_files.item(case, item) for item in case.get("items", ())]
                    if "error" in case:
                        with self.assertRaises(actserve.Error) as caught:
                            self.call[case["call"]](items)
                        self.check_error(caught.exception, case["error"])
                        continue
                    results = self.call[case["call"]](items)
                    self.assertEqual(len(results), len(case["results"]))
                    for result, expected in zip(results, case["results"]):
                        self.check(result, expected)
        print(f"{count} cases, bit for bit")
        self.assertGreater(count, 500)

    def test_all_of_a_file_at_once(self):
        for file, cases in case_files.files():
            for call in ("evaluate", "gradient"):
                cases_of_call = [case for case in cases if case["call"] == call and "error" not in case]
                items = [case_files.item(case, item) for case in cases_of_call for item in case["items"]]
                expected = [result for case in cases_of_call for result in case["results"]]
                with self.subTest(file=file, call=call):
                    results = self.call[call](items)
                    self.assertEqual(len(results), len(expected))
                    for i, result in enumerate(results):
                        self.check(result, expected[i], shift=i)
                    batches = [[item] for item in items]
                    answers = list(self.stream[call](batches))
                    self.assertEqual([len(answer) for answer in answers], [1] * len(items))
                    for i, (result,) in enumerate(answers):
                        self.check(result, expected[i], shift=i)

    def test_any_layout_and_byte_order_is_the_same(self):
        x = np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 7 - 1
        expected = bits(self.client.evaluate("gelu", x))
        strided, reversed_twice = np.repeat(x, 2, axis=2)[:, :, ::2], x[::-1, :, ::-1].copy()[::-1, :, ::-1]
        for same in (np.asfortranarray(x), x.astype(">f4"), strided, reversed_twice):
            self.assertEqual(bits(self.client.evaluate("gelu", same)), expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
