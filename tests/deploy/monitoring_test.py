"""Prometheus with the files that are shipped: it scrapes real servers, and every query of the dashboard and of the rules
finds data there."""

import contextlib
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

import grpc
import yaml

import load
from generated import pb, pb_grpc
from proxies import ROOT, free_port, program
from server_process import ServerProcess

RULES = ROOT / "deploy/prometheus/rules.yml"
DASHBOARD = json.loads((ROOT / "deploy/grafana/dashboards/actserve.json").read_text())
VARIABLES = {"$__rate_interval": "1m", "$instance": ".*", "$function": ".*"}
METRIC = re.compile(r"\b(actserve_[a-z_]+|process_[a-z_]+)\b")
# A comparison between numbers, not within braces.
COMPARISON = re.compile(r"(?<![=!<>~])(==|>=|<=|>|<)(?![=~])(?=\s)")


def rules(kind: str) -> list:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if kind in rule]


def dashboard_queries() -> list:
    """Each panel's title and expression, as Grafana would ask Prometheus."""
    queries = []
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", []):
            expression = target["expr"]
            for name, value in VARIABLES.items():
                expression = expression.replace(name, value)
            queries.append((panel["title"], expression))
    return queries


def promtool(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([program("promtool"), *arguments], capture_output=True, text=True, check=False)


class Prometheus:
    """A context manager: Prometheus with the shipped configuration, but for where targets are and how often to ask."""

    def __init__(self, targets: list):
        self._targets = targets

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self._folder.name)
        configuration = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        (scrape,) = configuration["scrape_configs"]
        del scrape["dns_sd_configs"]
        scrape["static_configs"] = [{"targets": self._targets}]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(configuration))
        shutil.copy(RULES, folder)
        self.address = f"127.0.0.1:{free_port('127.0.0.1')}"
        self._log = open(folder / "log", "w+")
        self._process = subprocess.Popen(
            [program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
             f"--web.listen-address={self.address}"], stdout=self._log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=10).close()
                return self
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise AssertionError("Prometheus did not start:\n" + (folder / "log").read_text())
            time.sleep(0.1)

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(30)
        self._log.close()
        self._folder.cleanup()

    def query(self, expression: str) -> list:
        url = f"http://{self.address}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                return json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{expression}\n{error.read().decode()}") from None


class FilesTest(unittest.TestCase):
    def test_prometheus_takes_the_configuration(self):
        checked = promtool("check", "config", str(ROOT / "deploy/prometheus/prometheus.yml"))
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def test_rules_do_what_their_tests_say(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in (RULES, ROOT / "tests/deploy/rules_test.yml"):
                shutil.copy(file, folder)
            tested = promtool("test", "rules", f"{folder}/rules_test.yml")
        self.assertEqual(tested.returncode, 0, tested.stdout + tested.stderr)

    def test_every_alert_has_a_test_in_which_it_fires(self):
        tests = yaml.safe_load((ROOT / "tests/deploy/rules_test.yml").read_text())["tests"]
        fired = {alert["alertname"] for test in tests for alert in test.get("alert_rule_test", []) if alert["exp_alerts"]}
        self.assertEqual(fired, {rule["alert"] for rule in rules("alert")})

    def test_the_dashboard_asks_the_datasource_that_is_provisioned(self):
        provisioned = yaml.safe_load((ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text())
        (datasource,) = provisioned["datasources"]
        asked = re.findall(r'"datasource": ({.*?})', json.dumps(DASHBOARD))
        self.assertGreater(len(asked), 30)
        self.assertEqual({json.loads(each)["uid"] for each in asked}, {datasource["uid"]})

    def test_panels_neither_overlap_nor_share_ids(self):
        ids = [panel["id"] for panel in DASHBOARD["panels"]]
        self.assertEqual(len(ids), len(set(ids)))
        taken = set()
        for panel in DASHBOARD["panels"]:
            at = panel["gridPos"]
            cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
            self.assertFalse(cells & taken, panel["title"])
            self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
            taken |= cells


class LiveTest(unittest.TestCase):
    """Two servers, one of them with TLS, and whatever a client can do to their metrics."""

    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-subj", "/CN=localhost", "-keyout", str(folder / "key"), "-out", str(folder / "certificate")],
                       check=True, capture_output=True)
        cls.server = cls.enterClassContext(ServerProcess())
        cls.secure = cls.enterClassContext(
            ServerProcess("--tls-certificate", str(folder / "certificate"), "--tls-key", str(folder / "key")))
        cls.prometheus = cls.enterClassContext(Prometheus([cls.server.metrics_address, cls.secure.metrics_address]))
        # Before the calls, so that there are two scrapes around them.
        cls.wait_for('count(up{job="actserve"} == 1)', "2")
        channel = cls.enterClassContext(grpc.insecure_channel(cls.server.address))
        stub = pb_grpc.ActivationServiceStub(channel)
        evaluate = load.request(16)
        evaluate.items[0].input.data = b"\0\0\x80\xbf" * 8 + b"\0\0\x80\x3f" * 8  # -1 and 1
        evaluate.items.add(function="no_such_function")
        gradient = pb.GradientRequest(items=[pb.GradientItem(function="gelu", input=load.request(100).items[0].input)])
        deadline = time.monotonic() + 60
        while not cls.has_scraped_twice():
            assert time.monotonic() < deadline, "Prometheus sees no rate"
            for _ in range(10):
                stub.Evaluate(evaluate)
                stub.Gradient(gradient)
            with contextlib.suppress(grpc.RpcError):
                stub.Evaluate(pb.EvaluateRequest(items=[{}] * 2000))  # too many
            time.sleep(0.2)

    @classmethod
    def has_scraped_twice(cls) -> bool:
        """And evaluated the rules upon that."""
        return bool(cls.prometheus.query("actserve:zero_elements:ratio_rate5m > 0")
                    and cls.prometheus.query('sum by (code) (rate(actserve_requests_total{code!="OK"}[1m])) > 0'))

    @classmethod
    def wait_for(cls, expression: str, value: str):
        deadline = time.monotonic() + 60
        while [sample["value"][1] for sample in cls.prometheus.query(expression)] != [value]:
            assert time.monotonic() < deadline, expression
            time.sleep(0.2)

    def test_every_query_of_the_dashboard_finds_data(self):
        queries = dashboard_queries()
        self.assertGreater(len(queries), 20)
        for title, expression in queries:
            with self.subTest(panel=title, expression=expression):
                self.assertTrue(self.prometheus.query(expression))

    def test_every_recording_rule_records(self):
        for rule in rules("record"):
            with self.subTest(rule=rule["record"]):
                self.assertTrue(self.prometheus.query(rule["record"]))

    def test_every_alert_looks_at_data(self):
        for rule in rules("alert"):
            # With "bool" a comparison keeps what it would drop, which is all as long as all is well.
            expression = COMPARISON.sub(r"\1 bool", rule["expr"])
            if expression.startswith("absent("):
                expression = expression.removeprefix("absent")
            with self.subTest(alert=rule["alert"], expression=expression):
                self.assertTrue(self.prometheus.query(expression))

    def test_every_metric_that_is_named_is_one_of_the_servers(self):
        exported = set(re.findall(r"^([a-z_]+)[{ ]", self.secure.metrics() + self.server.metrics(), re.MULTILINE))
        named = set(METRIC.findall(RULES.read_text()))
        named |= {name for _, expression in dashboard_queries() for name in METRIC.findall(expression)}
        self.assertGreater(len(named), 15)
        self.assertFalse(named - exported)

    def test_sparsity_is_what_was_computed(self):
        (relu,) = self.prometheus.query('actserve:zero_elements:ratio_rate5m{function="relu", rpc="Evaluate"}')
        self.assertAlmostEqual(float(relu["value"][1]), 0.5, delta=0.05)
        (gelu,) = self.prometheus.query('actserve:zero_elements:ratio_rate5m{function="gelu", rpc="Gradient"}')
        self.assertEqual(float(gelu["value"][1]), 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
