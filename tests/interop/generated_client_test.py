"""A Python client generated from the proto alone gets the right numbers from the real server."""

import math
import unittest

import grpc
import numpy as np

from generated import pb, pb_grpc
from server_process import ServerProcess


TYPES = {np.dtype("f8"): pb.DATA_TYPE_F64, np.dtype("f4"): pb.DATA_TYPE_F32, np.dtype("f2"): pb.DATA_TYPE_F16}
ARRAYS = {number: dtype for dtype, number in TYPES.items()}


def to_tensor(array: np.ndarray) -> pb.Tensor:
    return pb.Tensor(data_type=TYPES[array.dtype], shape=array.shape, data=array.tobytes())


def to_array(tensor: pb.Tensor) -> np.ndarray:
    return np.frombuffer(tensor.data, ARRAYS[tensor.data_type]).reshape(tuple(tensor.shape))


def item(function: str, array: np.ndarray, **fields) -> pb.EvaluateItem:
    return pb.EvaluateItem(function=function, input=to_tensor(array), **fields)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def gelu(x):
    return x * np.array([math.erfc(-v / math.sqrt(2)) / 2 for v in x.flat]).reshape(x.shape)


class GeneratedClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(ServerProcess())
        cls.channel = cls.enterClassContext(grpc.insecure_channel(cls.server.address))
        cls.stub = pb_grpc.ActivationServiceStub(cls.channel)
        cls.x = np.random.default_rng(1).normal(0, 3, (7, 33))

    def assert_close(self, actual, expected, tolerance=1e-13):
        np.testing.assert_allclose(actual, expected, rtol=tolerance, atol=tolerance)

    def test_lists_every_function(self):
        functions = {f.name: f for f in self.stub.ListFunctions(pb.ListFunctionsRequest(), timeout=10).functions}
        self.assertLessEqual(
            {"relu", "leaky_relu", "prelu", "sigmoid", "tanh", "gelu", "gelu_tanh", "silu", "mish", "softmax",
             "log_softmax", "sparsemax", "aplu"}, functions.keys())
        self.assertIn("swish", functions["silu"].aliases)

    def test_evaluates_a_batch_around_a_bad_item(self):
        x = self.x
        response = self.stub.Evaluate(pb.EvaluateRequest(items=[
            item("gelu", x, id="first"),
            item("gleu", x),
            item("swish", x, parameters=[pb.Parameter(name="beta", scalar=1.5)]),
            item("softmax", x, axis=0),
            item("tanh", x.astype("f4"), output_type=pb.DATA_TYPE_F64),
            item("relu", x.astype("f2")),
        ]), timeout=10)
        results = response.results
        self.assertEqual([r.status.code for r in results], [0, grpc.StatusCode.NOT_FOUND.value[0], 0, 0, 0, 0])
        self.assertIn("gelu", results[1].status.message)
        self.assertEqual(results[0].id, "first")
        self.assert_close(to_array(results[0].output), gelu(x))
        self.assert_close(to_array(results[2].output), x * sigmoid(1.5 * x))
        self.assert_close(to_array(results[3].output), softmax(x, 0))
        self.assert_close(to_array(results[4].output), np.tanh(x.astype("f4").astype("f8")), 1e-6)
        np.testing.assert_array_equal(to_array(results[5].output), np.maximum(x.astype("f2"), 0))

    def test_gradients_of_input_and_parameter(self):
        x, upstream = self.x, np.random.default_rng(2).normal(0, 1, self.x.shape)
        slopes = np.random.default_rng(3).uniform(0, 1, x.shape[1])
        response = self.stub.Gradient(pb.GradientRequest(items=[
            pb.GradientItem(function="sigmoid", input=to_tensor(x), upstream=to_tensor(upstream)),
            pb.GradientItem(function="prelu", axis=1, input=to_tensor(x), upstream=to_tensor(upstream),
                            parameters=[pb.Parameter(name="alpha", tensor=to_tensor(slopes))]),
        ]), timeout=10)
        first, second = response.results
        self.assertEqual((first.status.code, second.status.code), (0, 0), response)
        self.assert_close(to_array(first.input_gradient), upstream * sigmoid(x) * sigmoid(-x))
        self.assert_close(to_array(second.input_gradient), upstream * np.where(x > 0, 1, slopes))
        (alpha,) = second.parameter_gradients
        self.assertEqual(alpha.name, "alpha")
        self.assert_close(to_array(alpha.tensor), (upstream * np.where(x > 0, 0, x)).sum(axis=0), 1e-12)

    def test_streams_in_order(self):
        requests = [pb.EvaluateRequest(items=[item("silu", self.x * k, id=str(k))]) for k in range(20)]
        responses = list(self.stub.EvaluateStream(iter(requests), timeout=10))
        self.assertEqual([r.results[0].id for r in responses], [str(k) for k in range(20)])
        for k, response in enumerate(responses):
            self.assert_close(to_array(response.results[0].output), self.x * k * sigmoid(self.x * k))

    def test_unknown_function_is_an_error_of_the_call(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.stub.GetFunction(pb.GetFunctionRequest(name="gleu"), timeout=10)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        self.assertIn("gelu", caught.exception.details())


if __name__ == "__main__":
    unittest.main(verbosity=2)
