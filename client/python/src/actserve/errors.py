"""How the server's errors reach a caller."""

from __future__ import annotations

from typing import Any

import grpc

from . import protocol


class Error(Exception):
    """A call that failed, or an item of a batch, with the server's code and message. The subclasses say which code."""

    def __init__(self, code: grpc.StatusCode, message: str, *, field: str = "", retry_delay: float | None = None,
                 details: tuple[Any, ...] = ()) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
        self.field = field  # the field at fault, as a path such as "items[2].parameters.beta"; may be empty
        self.retry_delay = retry_delay  # seconds that the server asks to wait before another attempt
        self.details = details  # all google.rpc details that came along, as google.protobuf.Any


class Cancelled(Error):
    """The call was given up."""


class DeadlineExceeded(Error):
    """The deadline passed first."""


class FailedPrecondition(Error):
    """What was asked for is not to be had here, such as a GPU."""


class InvalidArgument(Error, ValueError):
    """Something is wrong with the request; `field` says what."""


class NotFound(Error, LookupError):
    """There is no such function; the message has the nearest names."""


class ResourceExhausted(Error):
    """The server is full, or the message too large for it."""


class Unauthenticated(Error):
    """The server wants a token, or another one."""


class Unavailable(Error):
    """No server answers; the message says why."""


_CLASSES = {
    grpc.StatusCode.CANCELLED: Cancelled,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPrecondition,
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhausted,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
}
_CODES = {code.value[0]: code for code in grpc.StatusCode}


def make(code: grpc.StatusCode, message: str, **more: Any) -> Error:
    return _CLASSES.get(code, Error)(code, message, **more)


def nonsense(what: str) -> Error:
    return make(grpc.StatusCode.INTERNAL, f"the server's answer makes no sense: {what}")


def of_item(status: Any) -> Error:
    return make(_CODES.get(status.code, grpc.StatusCode.UNKNOWN), status.message, field=status.field)


def of_call(error: Any) -> Error:
    """The error for a grpc.RpcError, with what the trailer grpc-status-details-bin says."""
    field, retry_delay = "", None
    details: tuple[Any, ...] = ()
    trailers = dict(error.trailing_metadata() or ())
    try:
        details = tuple(protocol.Status.FromString(trailers.get("grpc-status-details-bin", b"")).details)
    except Exception:  # protobuf's own class of error depends on its version; the code and the message still count
        pass
    for detail in details:
        name = detail.type_url.rpartition("/")[2]
        if name == "google.rpc.BadRequest":
            violations = protocol.BadRequest.FromString(detail.value).field_violations
            field = violations[0].field if violations else ""
        elif name == "google.rpc.RetryInfo":
            delay = protocol.RetryInfo.FromString(detail.value).retry_delay
            retry_delay = delay.seconds + delay.nanos * 1e-9
    return make(error.code(), error.details() or "", field=field, retry_delay=retry_delay, details=details)
