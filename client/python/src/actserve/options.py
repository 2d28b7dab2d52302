"""What a client is told when it is made."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Retry:
    """When a call that failed with UNAVAILABLE, RESOURCE_EXHAUSTED or UNKNOWN is made again.

    (UNKNOWN is what gRPC says of some connections that end under a call.)

    gRPC does it, by its service config, and only as long as nothing of an answer has arrived; a stream is never opened
    again. Attempts end at the deadline, and when too many fail: after 50 failures that no successes, two for each, have
    made up for, nothing is made again until they do.
    """

    attempts: int = 4  # at most, of one call: 1 (it is not made again) to 5, gRPC's own limit
    # Seconds before the second attempt, 20 % more or less; then twice as long each time. A server that refuses because
    # it is full says how long to wait, and that is kept instead.
    first_wait: float = 0.1
    longest_wait: float = 1.0

    def __post_init__(self) -> None:
        if not 1 <= self.attempts <= 5:
            raise ValueError(f"attempts is {self.attempts}; expected 1 to 5")
        if not 0 < self.first_wait <= self.longest_wait:
            raise ValueError(f"first_wait is {self.first_wait} s, longest_wait {self.longest_wait} s; expected "
                             "0 < first_wait <= longest_wait")


@dataclasses.dataclass(frozen=True)
class Tls:
    """All in PEM, as bytes: not names of files."""

    ca: bytes | None = None  # certificates of who may sign the server's; none: those that gRPC trusts
    certificate: bytes | None = None  # the client's own, for servers that ask for one (mutual TLS)
    key: bytes | None = None  # that certificate's private key, without a passphrase
    server_name: str = ""  # the name that the server's certificate is to have; empty: the target's host

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("a client's certificate and its key belong together; found one of them only")
