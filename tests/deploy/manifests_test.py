"""The files that say how to run the server agree with each other, with the server and with what the tools make of them."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

from proxies import ROOT, program, program_environment

DEPLOY = ROOT / "deploy"
MIB = 1 << 20
UNITS = {"M": MIB, "Mi": MIB, "Gi": 1024 * MIB}


def settings(path: pathlib.Path, *flags: str) -> dict:
    """The server's settings with this file, as the server itself reads it."""
    printed = subprocess.run([os.environ["ACTSERVE"], "--config", str(path), "--print-config", *flags], capture_output=True,
                             text=True, check=False)
    assert printed.returncode == 0, printed.stderr
    return dict(re.findall(r'^(\w+): "?([^"\n]*)"?$', printed.stdout, re.MULTILINE))


def seconds_to_stop(of: dict) -> float:
    return float(of["drain_delay_seconds"]) + float(of["grace_seconds"])


def in_bytes(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * UNITS[unit]


def has_memory_for(limit: int, of: dict) -> bool:
    """As server_config.proto says: twice what is in flight, and the program."""
    return limit >= 2 * int(of["max_in_flight_mib"]) * MIB + 64 * MIB


class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.objects = {}
        for folder in ("base", "monitoring"):
            built = subprocess.run([program("kubectl"), "kustomize", str(DEPLOY / "kubernetes" / folder)],
                                   env=program_environment(), capture_output=True, text=True, check=False)
            assert built.returncode == 0, built.stderr
            for each in yaml.safe_load_all(built.stdout):
                cls.objects[each["kind"]] = each
        cls.pod = cls.objects["Deployment"]["spec"]["template"]
        (cls.container,) = cls.pod["spec"]["containers"]
        with tempfile.NamedTemporaryFile("w", suffix=".textproto") as file:
            file.write(cls.objects["ConfigMap"]["data"]["actserve.textproto"])
            file.flush()
            cls.settings = settings(pathlib.Path(file.name))

    def spec(self, kind: str) -> dict:
        return self.objects[kind]["spec"]

    def test_everything_is_built(self):
        self.assertEqual(set(self.objects), {
            "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "NetworkPolicy", "PodDisruptionBudget", "PrometheusRule",
            "Service", "ServiceAccount", "ServiceMonitor"})

    def test_every_selector_finds_the_pods(self):
        selectors = {
            "Deployment": self.spec("Deployment")["selector"]["matchLabels"],
            "Service": self.spec("Service")["selector"],
            "PodDisruptionBudget": self.spec("PodDisruptionBudget")["selector"]["matchLabels"],
            "NetworkPolicy": self.spec("NetworkPolicy")["podSelector"]["matchLabels"],
            "spread": self.pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
        }
        labels = self.pod["metadata"]["labels"].items()
        for who, selector in selectors.items():
            self.assertTrue(selector and selector.items() <= labels, who)
        monitored = self.spec("ServiceMonitor")["selector"]["matchLabels"]
        self.assertLessEqual(monitored.items(), self.objects["Service"]["metadata"]["labels"].items())

    def test_ports_are_those_that_the_server_listens_on(self):
        ports = {port["name"]: port["containerPort"] for port in self.container["ports"]}
        listened = {"grpc": self.settings["listen"], "metrics": self.settings["metrics_listen"]}
        self.assertEqual({name: f"0.0.0.0:{port}" for name, port in ports.items()}, listened)
        for port in self.spec("Service")["ports"]:
            self.assertEqual(port["port"], ports[port["targetPort"]])
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            self.assertEqual(self.container[probe]["grpc"]["port"], ports["grpc"])
        named = [port["port"] for rule in self.spec("NetworkPolicy")["ingress"] for port in rule["ports"]]
        named += [endpoint["port"] for endpoint in self.spec("ServiceMonitor")["endpoints"]]
        self.assertLessEqual(set(named), set(ports))

    def test_the_service_is_headless(self):
        self.assertEqual(self.spec("Service")["clusterIP"], "None")

    def test_names_lead_somewhere(self):
        self.assertEqual(self.spec("HorizontalPodAutoscaler")["scaleTargetRef"]["name"],
                         self.objects["Deployment"]["metadata"]["name"])
        self.assertEqual(self.pod["spec"]["serviceAccountName"], self.objects["ServiceAccount"]["metadata"]["name"])
        (volume,) = self.pod["spec"]["volumes"]
        self.assertEqual(volume["configMap"]["name"], self.objects["ConfigMap"]["metadata"]["name"])
        (mount,) = self.container["volumeMounts"]
        self.assertEqual(mount["name"], volume["name"])
        self.assertIn(f"--config={mount['mountPath']}/actserve.textproto", self.container["args"])

    def test_the_autoscaler_asks_for_what_the_adapter_makes_of_a_rule(self):
        (metric,) = [each["pods"]["metric"]["name"] for each in self.spec("HorizontalPodAutoscaler")["metrics"]
                     if each["type"] == "Pods"]
        values = yaml.safe_load((DEPLOY / "kubernetes/monitoring/prometheus-adapter-values.yaml").read_text())
        (rule,) = values["rules"]["custom"]
        self.assertEqual(rule["name"]["as"], metric)
        recorded = [each.get("record") for group in self.spec("PrometheusRule")["groups"] for each in group["rules"]]
        self.assertIn(rule["seriesQuery"].partition("{")[0], recorded)

    def test_the_operators_rules_are_prometheus_own(self):
        rules = yaml.safe_load((DEPLOY / "prometheus/rules.yml").read_text())
        self.assertEqual(self.spec("PrometheusRule"), rules)

    def test_alerts_ask_for_the_job_that_the_monitor_makes(self):
        label = self.spec("ServiceMonitor")["jobLabel"]
        self.assertEqual(self.objects["Service"]["metadata"]["labels"][label], "actserve")

    def test_a_pod_has_time_to_stop_and_memory(self):
        self.assertGreater(self.pod["spec"]["terminationGracePeriodSeconds"], seconds_to_stop(self.settings))
        # A probe must not kill what is draining.
        probe = self.container["livenessProbe"]
        self.assertTrue(has_memory_for(in_bytes(self.container["resources"]["limits"]["memory"]), self.settings))
        self.assertGreaterEqual(probe["periodSeconds"] * probe["failureThreshold"], float(self.settings["drain_delay_seconds"]))

    def test_the_server_takes_the_flags(self):
        flags = [argument.replace("$(CPUS)", "4") for argument in self.container["args"] if "--config" not in argument]
        self.assertEqual(settings(DEPLOY / "kubernetes/base/actserve.textproto", *flags)["threads"], "4")


class ComposeTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
        cls.settings = settings(DEPLOY / "actserve.textproto")

    def test_every_file_that_is_mounted_is_there(self):
        mounted = [volume for service in self.services.values() for volume in service["volumes"] if volume.startswith(".")]
        self.assertGreater(len(mounted), 4)
        for volume in mounted:
            self.assertTrue((DEPLOY / volume.split(":")[0]).exists(), volume)

    def test_a_replica_has_time_to_stop_and_memory(self):
        replica = self.services["actserve"]
        self.assertGreater(float(replica["stop_grace_period"].rstrip("s")), seconds_to_stop(self.settings))
        self.assertTrue(has_memory_for(in_bytes(replica["deploy"]["resources"]["limits"]["memory"]), self.settings))

    def test_ports_are_those_that_the_server_listens_on(self):
        port = self.settings["listen"].rpartition(":")[2]
        self.assertEqual(self.services["proxy"]["environment"]["ACTSERVE_REPLICAS"], f"actserve:{port}")
        (scrape,) = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())["scrape_configs"]
        self.assertEqual(scrape["dns_sd_configs"][0]["names"], ["actserve"])
        self.assertEqual(scrape["dns_sd_configs"][0]["port"], int(self.settings["metrics_listen"].rpartition(":")[2]))

    def test_the_image_has_the_settings_and_the_ports(self):
        dockerfile = (ROOT / "Dockerfile").read_text()
        self.assertIn('CMD ["--config", "/etc/actserve/actserve.textproto"]', dockerfile)
        for listen in ("listen", "metrics_listen"):
            self.assertRegex(dockerfile, rf"EXPOSE .*\b{self.settings[listen].rpartition(':')[2]}\b")


class SystemdTest(unittest.TestCase):
    UNIT = DEPLOY / "systemd/actserve.service"

    def setting(self, name: str) -> str:
        (value,) = re.findall(rf"^{name}=(.*)$", self.UNIT.read_text(), re.MULTILINE)
        return value

    def test_the_service_has_time_to_stop_memory_and_descriptors(self):
        of = settings(DEPLOY / "actserve.textproto")
        self.assertGreater(float(self.setting("TimeoutStopSec")), seconds_to_stop(of))
        self.assertTrue(has_memory_for(in_bytes(self.setting("MemoryMax")), of))
        self.assertGreater(int(self.setting("LimitNOFILE")), int(of["max_connections"]) + 64)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_systemd_takes_the_unit_and_finds_it_closed(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / self.UNIT.name
            unit.write_text(self.UNIT.read_text().replace("/usr/local/bin/actserve", os.environ["ACTSERVE"]))
            verified = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
            self.assertEqual((verified.returncode, verified.stderr), (0, ""))
            # 2.0 of 10, in tenths; most services of a distribution have more than 9.
            judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)],
                                    capture_output=True, text=True, check=False)
            self.assertEqual(judged.returncode, 0, judged.stdout[-300:])


if __name__ == "__main__":
    unittest.main(verbosity=2)
