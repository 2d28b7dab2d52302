"""Two servers behind HAProxy, behind nginx, and known to the client itself: calls are spread evenly, none is lost when one
server is stopped, and of one that is killed only the calls that it was at."""

import contextlib
import queue
import re
import time
import unittest

import grpc

import load
from generated import pb_grpc
from proxies import HaProxy, Nginx, free_port
from server_process import ServerProcess

HOSTS = ["127.0.0.2", "127.0.0.3"]  # a proxy that looks a name up takes all servers to have the same port
CALLERS = 8


def calls_of(server: ServerProcess) -> int:
    """How many calls it has answered."""
    return int(re.search(r'actserve_requests_total{rpc="Evaluate",code="OK"} (\d+)', server.metrics()).group(1))


class Balanced:
    """What every way of balancing has to do. A call that fails is made again only if the way needs that of its clients."""

    drain_needs_retries = True

    def balancer(self, replicas: list):
        """A context manager whose value is the target for clients."""
        raise NotImplementedError

    def start(self, host: str) -> ServerProcess:
        server = ServerProcess("--drain-delay-seconds", "1.5", "--grace-seconds", "20", listen=f"{host}:{self.port}")
        self.servers.append(self.enterContext(server))
        return server

    def setUp(self):
        self.port = free_port(*HOSTS)
        self.servers = []
        for host in HOSTS:
            self.start(host)
        self.target = self.enterContext(self.balancer([f"{host}:{self.port}" for host in HOSTS]))
        # Until both are known to be there.
        with load.Load(self.target, retries=True, callers=1) as warm_up:
            self.wait_until_called(*self.servers)
        self.assertFalse(warm_up.failures)

    def tearDown(self):
        for server in self.servers:
            if not server.has_ended():
                server.terminate()  # which is done once more after this, and ends the drain's delay

    def wait_until_called(self, *servers: ServerProcess):
        before = [calls_of(server) for server in servers]
        deadline = time.monotonic() + 30
        while any(calls_of(server) < count + 10 for server, count in zip(servers, before)):
            self.assertLess(time.monotonic(), deadline, "a server gets no calls")
            time.sleep(0.05)

    def test_spreads_calls_evenly(self):
        before = [calls_of(server) for server in self.servers]
        with load.Load(self.target, callers=CALLERS) as calls:
            calls.wait_for(2000)
        self.assertFalse(calls.failures)
        shares = [(calls_of(server) - count) / calls.answered for server, count in zip(self.servers, before)]
        self.assertAlmostEqual(sum(shares), 1)
        for share in shares:
            self.assertGreater(share, 0.45, shares)

    def test_a_server_that_is_stopped_loses_nothing(self):
        with load.Load(self.target, retries=self.drain_needs_retries, callers=CALLERS) as calls:
            calls.wait_for(500)
            self.servers[0].stop()
            self.assertIn("event=drained calls_cancelled=0", self.servers[0].log())
            calls.wait_for(500)
            again = self.start(HOSTS[0])  # and when it is there again, it gets its share
            self.wait_until_called(again)
            calls.wait_for(500)
        self.assertFalse(calls.failures)

    def test_what_a_server_refuses_while_it_stops_can_be_asked_again(self):
        with load.Load(self.target, callers=CALLERS) as calls:
            for server, host in zip(self.servers.copy(), HOSTS):
                calls.wait_for(200)
                server.stop()
                self.wait_until_called(self.start(host))
        self.assertTrue(all(map(load.is_lost_connection, calls.failures)), calls.failures)

    # Tensors that fit into one write: gRPC repeats no call of whose answer a part has arrived.
    def test_a_server_that_is_killed_loses_what_it_was_at(self):
        with load.Load(self.target, callers=CALLERS) as calls:
            calls.wait_for(200)
            self.servers[0].kill()
            calls.wait_for(1000)  # which takes the callers that have lost one: at most one each
        print(f"{type(self).__name__}: killed under {CALLERS} calls in flight: {sum(calls.failures.values())} failed")
        self.assertLessEqual(sum(calls.failures.values()), CALLERS, calls.failures)
        self.assertTrue(all(map(load.is_lost_connection, calls.failures)), calls.failures)

    def test_retries_hide_that_a_server_is_killed(self):
        with load.Load(self.target, retries=True, callers=CALLERS) as calls:
            calls.wait_for(200)
            self.servers[0].kill()
            calls.wait_for(200)
        self.assertFalse(calls.failures)

    def test_says_that_no_server_is_there(self):
        for server in self.servers:
            server.kill()
        with contextlib.closing(load.connect(self.target, retries=False)) as channel:
            evaluate = pb_grpc.ActivationServiceStub(channel).Evaluate
            with self.assertRaises(grpc.RpcError) as raised:
                evaluate(load.request(1), timeout=10)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.UNAVAILABLE, raised.exception.details())

    def test_a_stream_goes_on_while_its_server_drains(self):
        with contextlib.closing(load.connect(self.target, retries=False)) as channel:
            requests = StreamOfRequests()
            answers = pb_grpc.ActivationServiceStub(channel).EvaluateStream(iter(requests), timeout=60)
            requests.ask()
            next(answers)
            for server in self.servers:
                server.terminate()
            for _ in range(30):  # beyond the drain's delay
                time.sleep(0.1)
                requests.ask()
                self.assertEqual(next(answers).results[0].output.data, b"\0" * 4)
            requests.end()
            self.assertEqual(answers.code(), grpc.StatusCode.OK)
        for server in self.servers:
            server.stop()  # which finds it ended, and with status 0


class StreamOfRequests:
    """Requests that are sent when asked for."""

    def __init__(self):
        self._queue = queue.Queue()

    def ask(self):
        self._queue.put(load.request(1))

    def end(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


class HaProxyTest(Balanced, unittest.TestCase):
    drain_needs_retries = False  # it asks for health, and turns away before the server refuses

    @contextlib.contextmanager
    def balancer(self, replicas):
        with HaProxy(replicas) as proxy:
            yield proxy.address


class NginxTest(Balanced, unittest.TestCase):
    @contextlib.contextmanager
    def balancer(self, replicas):
        with Nginx(replicas) as proxy:
            yield proxy.address


class ClientSideTest(Balanced, unittest.TestCase):
    @contextlib.contextmanager
    def balancer(self, replicas):
        yield "ipv4:" + ",".join(replicas)


if __name__ == "__main__":
    unittest.main(verbosity=2)
