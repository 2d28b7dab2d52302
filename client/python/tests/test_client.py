"""What a client does when a server refuses, is slow, goes away, or is one of several; and what it refuses itself."""

from __future__ import annotations

import itertools
import math
import os
import pathlib
import unittest

import numpy as np

import actserve
from actserve.channel import grpc_target
from fake_server import FakeServer

X = np.array([1.0, 2.0])
NEVER = actserve.Retry(attempts=5, first_wait=1800, longest_wait=1800)  # waits of which none can pass by chance


def start(test: unittest.TestCase, **options) -> tuple[FakeServer, actserve.Client]:
    server = test.enterContext(FakeServer())
    return server, test.enterContext(actserve.Client(server.address, **{"deadline": 30, **options}))


class RetryTest(unittest.TestCase):
    def test_as_often_as_allowed_and_as_late_as_the_server_says(self):
        server, client = start(self, retry=NEVER)
        server.refusals = 4
        np.testing.assert_array_equal(client.evaluate("relu", X), X)
        self.assertEqual(server.calls, 5)
        server.refusals = 5
        with self.assertRaises(actserve.ResourceExhausted) as caught:
            client.evaluate("relu", X)
        self.assertEqual((server.calls, caught.exception.message), (10, "full"))
        self.assertAlmostEqual(caught.exception.retry_delay, 0.001)
        self.assertEqual(caught.exception.details[0].type_url, "type.googleapis.com/google.rpc.RetryInfo")

    def test_can_be_left(self):
        server, client = start(self, retry=actserve.Retry(attempts=1))
        server.refusals = 1
        self.assertRaises(actserve.ResourceExhausted, client.evaluate, "relu", X)
        self.assertEqual(server.calls, 1)

    def test_sends_large_arrays_again(self):
        server, client = start(self, retry=NEVER)
        server.refusals = 2
        large = np.ones(400_000)  # 3.2 MB, where gRPC alone would keep 256 KiB
        np.testing.assert_array_equal(client.evaluate("relu", large), large)
        self.assertEqual(server.calls, 3)

    def test_survives_a_restart(self):
        with FakeServer() as server:
            address = server.address
            client = self.enterContext(actserve.Client(address, deadline=30, retry=actserve.Retry(5, 1, 10)))
            client.evaluate("relu", X)
        with actserve.Client(address, retry=actserve.Retry(attempts=1)) as impatient:
            self.assertRaises(actserve.Unavailable, impatient.evaluate, "relu", X)
        with FakeServer(address):
            np.testing.assert_array_equal(client.evaluate("relu", X), X)

    def test_streams_are_not_opened_again(self):
        server, client = start(self)
        server.refusals = 1
        with self.assertRaises(actserve.ResourceExhausted) as caught:
            list(client.evaluate_stream([[actserve.EvaluateItem("relu", X)]]))
        self.assertAlmostEqual(caught.exception.retry_delay, 0.001)
        self.assertEqual(server.calls, 1)


class CallTest(unittest.TestCase):
    def test_deadlines(self):
        server, client = start(self)
        server.delay = 0.5
        self.assertRaises(actserve.DeadlineExceeded, client.evaluate, "relu", X, deadline=0.05)
        np.testing.assert_array_equal(client.evaluate("relu", X, deadline=math.inf), X)

    def test_calls_go_to_all_servers_and_not_to_the_dead(self):
        with FakeServer() as first:
            with FakeServer() as second:
                client = self.enterContext(actserve.Client(f"{first.address},{second.address}", deadline=30))
                for _ in range(100_000):
                    client.evaluate("relu", X)
                    if first.calls and second.calls:  # one may be connected to a little later
                        break
                before = first.calls, second.calls
                self.assertGreater(min(before), 0)
                for _ in range(20):
                    client.evaluate("relu", X)
                self.assertEqual((first.calls, second.calls), (before[0] + 10, before[1] + 10))
            for _ in range(20):
                client.evaluate("relu", X)

    def test_streams_take_batches_as_they_are_answered(self):
        _, client = start(self)
        taken = itertools.count()
        last = 0

        def batches():
            nonlocal last
            for last in taken:
                yield [actserve.EvaluateItem("relu", X + last)] * 2

        answers = client.evaluate_stream(batches(), in_flight=3)
        for number, answer in enumerate(itertools.islice(answers, 50)):
            np.testing.assert_array_equal(answer[1].output, X + number)
            self.assertLessEqual(last, number + 3)
        answers.close()  # of batches that have no end

    def test_what_the_caller_does_wrong_in_a_stream_is_the_callers(self):
        _, client = start(self)
        self.assertRaises(TypeError, list, client.evaluate_stream([[actserve.EvaluateItem("relu", [1, 2])]]))

    def test_results_are_the_callers_to_change(self):
        _, client = start(self)
        y = client.evaluate("relu", X)
        y += 1
        np.testing.assert_array_equal(y, X + 1)

    def test_a_message_over_the_clients_own_limit(self):
        _, client = start(self, max_message_bytes=1000, retry=actserve.Retry(attempts=1))
        with self.assertRaises(actserve.ResourceExhausted) as caught:
            client.evaluate("relu", np.zeros(1000))
        self.assertIn("1000", caught.exception.message)


class RealServerTest(unittest.TestCase):
    def test_unix_socket(self):
        with actserve.Client(os.environ["ACTSERVE_UNIX"]) as client:
            np.testing.assert_array_equal(client.evaluate("relu", -X), [0, 0])

    def test_tls_and_token(self):
        folder = pathlib.Path(os.environ["ACTSERVE_SECRETS"])
        tls = actserve.Tls(*((folder / name).read_bytes() for name in ("ca.pem", "client.pem", "client.key")))
        token = (folder / "token").read_text()
        with actserve.Client(os.environ["ACTSERVE_SECURE"], tls=tls, token=token) as client:
            np.testing.assert_array_equal(client.evaluate("relu", -X), [0, 0])
            (result,) = next(client.evaluate_stream([[actserve.EvaluateItem("relu", X)]]))
            np.testing.assert_array_equal(result.output, X)
        with actserve.Client(os.environ["ACTSERVE_SECURE"], tls=tls) as client:
            self.assertRaises(actserve.Unauthenticated, client.evaluate, "relu", X)
        with actserve.Client(os.environ["ACTSERVE_SECURE"], retry=actserve.Retry(attempts=1), deadline=10) as client:
            self.assertRaises(actserve.Unavailable, client.evaluate, "relu", X)

    def test_a_message_that_is_too_large_for_the_server(self):
        with actserve.Client(os.environ["ACTSERVE_SERVER"], retry=actserve.Retry(attempts=1)) as client:
            with self.assertRaises(actserve.ResourceExhausted) as caught:
                client.evaluate("relu", np.zeros(9 << 20))
            self.assertIn("larger than max", caught.exception.message)

    def test_functions_describe_themselves(self):
        with actserve.Client(os.environ["ACTSERVE_SERVER"]) as client:
            functions = {function.name: function for function in client.list_functions()}
            silu = client.get_function("swish")
            with self.assertRaises(actserve.NotFound) as caught:
                client.get_function("gleu")
        self.assertEqual(functions["silu"], silu)
        self.assertEqual((silu.kind, silu.aliases, silu.parameters[0].name), ("ELEMENTWISE", ("swish",), "beta"))
        self.assertEqual((silu.parameters[0].default, silu.parameters[0].learnable), (1.0, True))
        self.assertEqual(functions["aplu"].parameters[0].shape, "SEGMENTS_CHANNELS")
        self.assertIn("EfficientNet", silu.usage)
        self.assertEqual((caught.exception.field, "gelu" in caught.exception.message), ("name", True))


class OwnChecksTest(unittest.TestCase):
    def test_wrong_dtypes_are_named(self):
        client = self.enterContext(actserve.Client("127.0.0.1:1"))
        with self.assertRaisesRegex(TypeError, r"items\[0\].input has dtype int64; expected float64"):
            client.evaluate("relu", np.arange(3))
        with self.assertRaisesRegex(TypeError, r"items\[0\].parameters\['alpha'\] has dtype int64"):
            client.evaluate("prelu", X, parameters={"alpha": np.arange(2)})
        with self.assertRaisesRegex(TypeError, r"items\[0\].upstream has dtype complex128"):
            client.gradient("relu", X, X * 1j)
        with self.assertRaisesRegex(TypeError, r"items\[0\].output_type has dtype int16"):
            client.evaluate("relu", X, output_type=np.int16)

    def test_wrong_options_are_named(self):
        with self.assertRaisesRegex(ValueError, "attempts is 6; expected 1 to 5"):
            actserve.Retry(attempts=6)
        with self.assertRaisesRegex(ValueError, "expected 0 < first_wait <= longest_wait"):
            actserve.Retry(first_wait=0)
        with self.assertRaisesRegex(ValueError, "backend is 'gpu'; expected 'auto', 'cpu' or 'cuda'"):
            actserve.Client("localhost:1", backend="gpu")
        with self.assertRaisesRegex(ValueError, "the token cannot be sent"):
            actserve.Client("localhost:1", token="a b")
        with self.assertRaisesRegex(ValueError, "belong together"):
            actserve.Tls(key=b"")

    def test_targets(self):
        for target, expected in (("localhost:1", "localhost:1"), ("unix:/a", "unix:/a"), ("dns:///a:1", "dns:///a:1"),
                                 ("1.2.3.4:1,5.6.7.8:2", "ipv4:1.2.3.4:1,5.6.7.8:2"),
                                 ("[::1]:1,5.6.7.8:2", "ipv6:[::1]:1,[::ffff:5.6.7.8]:2")):
            self.assertEqual(grpc_target(target), expected)
        for target in ("localhost", ":1", "localhost:0", "localhost:70000", "a:1,b:2", ""):
            with self.assertRaisesRegex(ValueError, "expected"):
                grpc_target(target)

    def test_float8_rounds_to_nearest_even(self):
        nan, inf = np.nan, np.inf
        for dtype, numbers, expected in (
                (actserve.float8_e4m3fn, [0, -0.0, 1, 448, 464, 465, -inf, nan, 2**-10, 3 * 2**-10, 1.0625],
                 [0, 0x80, 0x38, 0x7E, 0x7E, 0x7F, 0x7F, 0x7F, 0, 2, 0x38]),
                (actserve.float8_e5m2, [0, 1, 57344, 61439, 61440, -inf, nan, 2**-17, 3 * 2**-17],
                 [0, 0x3C, 0x7B, 0x7B, 0x7C, 0xFC, 0x7E, 0, 2])):
            rounded = actserve.to_float8(numbers, dtype)
            np.testing.assert_array_equal(rounded.view("u1"), expected)
            every = np.arange(256, dtype="u1").view(dtype)
            again = actserve.to_float8(actserve.from_float8(every), dtype)
            values, same = actserve.from_float8(every), actserve.from_float8(again)
            np.testing.assert_array_equal(values, same)
            self.assertEqual(np.isnan(values).sum(), 2 if dtype == actserve.float8_e4m3fn else 6)
        saturated = actserve.to_float8([1e9, -inf], actserve.float8_e4m3fn, saturating=True)
        np.testing.assert_array_equal(saturated.view("u1"), [0x7E, 0xFE])
        with self.assertRaises(TypeError):
            actserve.to_float8([1], np.int8)

    def test_quantization_rounds_to_nearest_even_and_saturates(self):
        quantization = actserve.Quantization(0.5, 3)
        numbers = [0, 0.25, 0.75, -0.25, 1e9, -1e9, np.nan]
        codes = quantization.quantize(numbers)
        np.testing.assert_array_equal(codes, [3, 3, 5, 3, 127, -128, 3])
        self.assertEqual(codes.dtype, np.int8)
        np.testing.assert_array_equal(quantization.dequantize(codes[:3]), [0, 0, 1])
        by_row = actserve.Quantization([0.5, 2], [0, 10], axis=0)
        np.testing.assert_array_equal(by_row.quantize([[1, 2], [4, 6]], np.uint8), [[2, 4], [12, 13]])
        np.testing.assert_array_equal(by_row.dequantize(np.uint8([[2, 4], [12, 13]])), [[1, 2], [4, 6]])

    def test_bfloat16_rounds_to_nearest_even(self):
        bits = np.array([0x3F808000, 0x3F818000, 0x3F808001, 0x7F7FFFFF, 0xFF800000, 0x7F800001, 0x80000000], "<u4")
        rounded = actserve.to_bfloat16(bits.view("<f4"))
        expected = [0x3F80, 0x3F82, 0x3F81, 0x7F80, 0xFF80, 0x7FC0, 0x8000]
        self.assertEqual(rounded.view("<u2").tolist(), expected)
        np.testing.assert_array_equal(actserve.to_bfloat16(actserve.from_bfloat16(rounded)).view("<u2"), expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
