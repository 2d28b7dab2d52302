"""A client that knows only the server's address finds the service, its messages and functions, and computes."""

import struct
import unittest

import grpc

from reflection import Reflection
from server_process import ServerProcess


class ReflectionClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = cls.enterClassContext(ServerProcess())
        channel = cls.enterClassContext(grpc.insecure_channel(cls.server.address))
        reflection = Reflection(channel)
        (cls.name,) = (name for name in reflection.services() if not name.startswith("grpc."))
        cls.service = reflection.service(cls.name)
        cls.pool = reflection.pool

    def value(self, enum: str, name: str) -> int:
        package = self.name.rpartition(".")[0]
        return self.pool.FindEnumTypeByName(f"{package}.{enum}").values_by_name[name].number

    def evaluate(self, function: str, numbers: list) -> tuple:
        f64 = self.value("DataType", "DATA_TYPE_F64")
        tensor = {"data_type": f64, "shape": [len(numbers)], "data": struct.pack(f"<{len(numbers)}d", *numbers)}
        (result,) = self.service.call("Evaluate", items=[{"function": function, "input": tensor}]).results
        self.assertEqual(result.status.code, 0, result.status.message)
        self.assertEqual((result.output.data_type, list(result.output.shape)), (f64, [len(numbers)]))
        return struct.unpack(f"<{len(numbers)}d", result.output.data)

    def test_finds_the_service(self):
        self.assertEqual(self.name, "actserve.v1.ActivationService")

    def test_describes_a_function(self):
        function = self.service.call("GetFunction", name="swish")
        self.assertEqual(function.name, "silu")
        self.assertEqual([p.name for p in function.parameters], ["beta"])
        self.assertTrue(function.formula and function.derivative)

    def test_each_function_keeps_to_the_limits_that_it_states(self):
        functions = [f for f in self.service.call("ListFunctions").functions
                     if f.kind == self.value("FunctionKind", "FUNCTION_KIND_ELEMENTWISE")
                     and not any(p.required for p in f.parameters)]
        self.assertGreaterEqual(len(functions), 8)
        for function in functions:
            with self.subTest(function=function.name):
                left, right = self.evaluate(function.name, [float("-inf"), float("inf")])
                self.assertEqual(left, function.limits.value_at_minus_infinity)
                self.assertEqual(right, function.limits.value_at_plus_infinity)

    def test_a_row_sums_to_one(self):
        self.assertAlmostEqual(sum(self.evaluate("softmax", [0.5, -2.0, 3.0])), 1.0, places=15)


if __name__ == "__main__":
    unittest.main(verbosity=2)
