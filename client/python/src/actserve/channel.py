"""Connections to servers."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

import grpc

from . import protocol
from .options import Retry, Tls


def grpc_target(target: str) -> str:
    """What gRPC calls host:port, a list of addresses, or a name of its own. ValueError for what can be none of them."""
    if re.match(r"(unix|ipv4|ipv6|dns):", target) or ":/" in target:
        return target
    parts = target.split(",")
    addresses = [_split(part) for part in parts]
    if len(parts) == 1:
        return target
    for part, (host, _) in zip(parts, addresses):
        if _version(host) is None:
            raise ValueError(f"'{part}' is a name in a list; expected IP addresses, or a single name that stands for "
                             "all servers")
    if all(_version(host) == 4 for host, _ in addresses):
        return "ipv4:" + target
    return "ipv6:" + ",".join(f"[{'::ffff:' if _version(host) == 4 else ''}{host}]:{port}" for host, port in addresses)


def _split(address: str) -> tuple[str, str]:
    host, colon, port = address.rpartition(":")
    # Left to gRPC, "localhost" would quietly mean port 443.
    if not (colon and host and re.fullmatch("[0-9]{1,5}", port) and 0 < int(port) < 65536):
        raise ValueError(f"'{address}' is not a server's address; expected HOST:PORT or unix:/PATH")
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host, port


def _version(host: str) -> int | None:
    try:
        return ipaddress.ip_address(host).version
    except ValueError:
        return None


def service_config(retry: Retry) -> str:
    config: dict[str, Any] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if retry.attempts > 1:
        # Not for streams: gRPC 1.51 loses messages of those that it opens again.
        methods = ["Evaluate", "Gradient", "ListFunctions", "GetFunction"]
        config["retryThrottling"] = {"maxTokens": 100, "tokenRatio": 0.5}
        config["methodConfig"] = [{
            "name": [{"service": protocol.SERVICE, "method": method} for method in methods],
            "retryPolicy": {
                "maxAttempts": retry.attempts,
                "initialBackoff": f"{retry.first_wait:.3f}s",
                "maxBackoff": f"{retry.longest_wait:.3f}s",
                "backoffMultiplier": 2,
                # UNKNOWN, which the server never answers, is what gRPC's core says of some connections that end under
                # a call ("Stream removed", grpc/grpc#13800).
                "retryableStatusCodes": ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "UNKNOWN"],
            },
        }]
    return json.dumps(config)


def open_channel(target: str, retry: Retry, tls: Tls | None, max_message_bytes: int) -> grpc.Channel:
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.use_local_subchannel_pool", 1),  # or all clients of a process would share one connection
        ("grpc.service_config", service_config(retry)),
        # A request is kept until its answer begins, to be sent again; gRPC would keep 256 KiB.
        ("grpc.per_rpc_retry_buffer_size", max_message_bytes),
        # A server that comes back is found within the attempts of a call; gRPC would wait a second, and up to two
        # minutes.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 5000),
    ]
    if tls is None:
        return grpc.insecure_channel(grpc_target(target), options)
    if tls.server_name:
        options.append(("grpc.ssl_target_name_override", tls.server_name))
    credentials = grpc.ssl_channel_credentials(tls.ca, tls.key, tls.certificate)
    return grpc.secure_channel(grpc_target(target), credentials, options)
