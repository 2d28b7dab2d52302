"""Results without their zeros: from the real server, and such as no server sends."""

from __future__ import annotations

import os
import unittest
from typing import Any

import numpy as np

import actserve
from actserve import protocol, sparse

X = np.random.default_rng(1).standard_normal((50, 44)).astype(np.float32)


def message(**fields: Any) -> Any:
    encoding = protocol.value("OutputEncoding", f"OUTPUT_ENCODING_{fields.pop('encoding', 'BITMAP')}")
    data_type = protocol.value("DataType", fields.pop("data_type", "DATA_TYPE_F32"))
    return protocol.message("actserve.v1.SparseTensor")(encoding=encoding, data_type=data_type, **fields)


def floats(*numbers: float) -> bytes:
    return np.array(numbers, "<f4").tobytes()


class SparseArrayTest(unittest.TestCase):
    def test_is_made_dense(self):
        array = sparse.from_message(message(shape=[2, 5], bitmap=b"\x42\x02", negative_zeros=b"\x08\x01",
                                            values=floats(1, 2, 3)))
        self.assertEqual((array.encoding, array.shape, array.dtype, array.nbytes), ("bitmap", (2, 5), np.float32, 16))
        self.assertEqual(array.to_dense().tobytes(), floats(0, 1, 0, -0.0, 0, 0, 2, 0, -0.0, 3))
        self.assertEqual(array.stored().sum(), 3)
        self.assertTrue(array.to_dense().flags.writeable)

    def test_is_made_dense_of_two_of_four(self):
        array = sparse.from_message(message(encoding="TWO_FOUR", shape=[12], indices=b"\xe4\x09",
                                            values=floats(1, 2, 3, 0, 4, 5)))
        np.testing.assert_array_equal(array.to_dense(), [1, 2, 0, 0, 0, 0, 3, 0, 0, 4, 5, 0])

    def test_may_be_bfloat16_and_empty(self):
        array = sparse.from_message(message(data_type="DATA_TYPE_BF16", shape=[9], bitmap=b"\x80\x01", values=b"abcd"))
        self.assertEqual(array.to_dense().dtype, actserve.bfloat16)
        self.assertEqual(array.to_dense().tobytes(), bytes(14) + b"abcd")
        self.assertEqual(sparse.from_message(message(shape=[0, 3])).to_dense().shape, (0, 3))

    def test_must_make_sense(self):
        good = {"shape": [10], "bitmap": b"\x01\x02", "values": floats(1, 2)}
        four = {"encoding": "TWO_FOUR", "shape": [12], "indices": b"\x44\x04", "values": floats(*range(6))}
        for fields, what in (
                ({**good, "encoding": "DENSE"}, "output encoding 1"),
                ({**good, "data_type": "DATA_TYPE_UNSPECIFIED"}, "data type 0"),
                ({**good, "shape": [-10]}, "shape [-10]"),
                ({**good, "bitmap": b"\x01"}, "bitmap: has 1 bytes; expected 2"),
                ({**good, "bitmap": b"\x01\x04"}, "bitmap: its last byte is 0x04, with bits set beyond the last of 10"),
                ({**good, "values": floats(1)}, "values: has 4 bytes; expected 8, of the 2 elements"),
                ({**good, "negative_zeros": b"\x02"}, "negative_zeros: has 1 bytes"),
                ({**good, "negative_zeros": b"\x03\x00"}, "negative_zeros: element 0 is stored, too"),
                ({**four, "shape": [10], "indices": b"\x44\x00"}, "a last dimension that is a multiple of 4"),
                ({**four, "indices": b"\x14\x04"}, "indices: group 1 has 1 and 0; expected the lower one first"),
                ({**four, "indices": b"\x44\x44"}, "indices: its last byte is 0x44"),
                ({**four, "values": b""}, "values: has 0 bytes; expected 24")):
            with self.subTest(what), self.assertRaises(actserve.Error) as caught:
                sparse.from_message(message(**fields))
            self.assertIn("the server's answer makes no sense: ", caught.exception.message)
            self.assertIn(what, caught.exception.message)


class RealServerTest(unittest.TestCase):
    def setUp(self):
        self.client = self.enterContext(actserve.Client(os.environ["ACTSERVE_SERVER"], deadline=30))

    def test_results_are_dense_unless_that_is_not_wanted(self):
        dense = self.client.evaluate("relu", X)
        for encoding in ("dense", "bitmap", "auto"):
            self.assertEqual(self.client.evaluate("relu", X, encoding=encoding).tobytes(), dense.tobytes())
        (result,) = self.client.evaluate_batch([actserve.EvaluateItem("relu", X, encoding="auto")])
        self.assertLess(result.sparse.nbytes, 0.6 * dense.nbytes)
        with actserve.Client(os.environ["ACTSERVE_SERVER"], decode=False) as client:
            (result,) = client.evaluate_batch([actserve.EvaluateItem("relu", X, encoding="bitmap")])
            self.assertEqual((result.output.size, result.output.dtype), (0, np.float32))
            np.testing.assert_array_equal(result.sparse.stored(), dense > 0)
            np.testing.assert_array_equal(result.sparse.values, dense[dense > 0])
            self.assertIsNone(client.evaluate_batch([actserve.EvaluateItem("silu", X, encoding="auto")])[0].sparse)

    def test_gradients(self):
        dense = self.client.gradient("relu", X, X[::-1])
        result = self.client.gradient("relu", X, X[::-1], encoding="bitmap")
        self.assertEqual(result.input_gradient.tobytes(), dense.input_gradient.tobytes())
        self.assertGreater(result.sparse.negative_zeros.size, 0)

    def test_two_of_four(self):
        x = np.where(np.arange(44) % 4 < 2, X, -1)
        self.assertEqual(self.client.evaluate("relu", x, encoding="two_four").tobytes(),
                         self.client.evaluate("relu", x).tobytes())
        with self.assertRaises(actserve.InvalidArgument) as caught:
            self.client.evaluate("relu", np.abs(X), encoding="two_four")
        self.assertEqual(caught.exception.field, "items[0].output_encoding")
        self.assertRaises(ValueError, self.client.evaluate, "relu", X, encoding="csr")


if __name__ == "__main__":
    unittest.main(verbosity=2)
