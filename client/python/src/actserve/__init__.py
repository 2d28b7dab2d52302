"""A client of actserve, which computes neural-network activation functions and their gradients.

    import actserve, numpy as np

    with actserve.Client("localhost:50051", deadline=5) as client:
        y = client.evaluate("silu", np.linspace(-3, 3, 7), parameters={"beta": 1.5})
"""

from .client import Client
from .dtypes import (bfloat16, float8_e4m3fn, float8_e5m2, from_bfloat16, from_float8, to_bfloat16, to_float8)
from .errors import (Cancelled, DeadlineExceeded, Error, FailedPrecondition, InvalidArgument, NotFound,
                     ResourceExhausted, Unauthenticated, Unavailable)
from .functions import Function, ParameterInfo
from .items import EvaluateItem, EvaluateResult, GradientItem, GradientResult
from .options import Retry, Tls
from .quantization import Quantization
from .sparse import SparseArray

__all__ = [
    "Cancelled", "Client", "DeadlineExceeded", "Error", "EvaluateItem", "EvaluateResult", "FailedPrecondition",
    "Function", "GradientItem", "GradientResult", "InvalidArgument", "NotFound", "ParameterInfo", "Quantization",
    "ResourceExhausted", "Retry", "SparseArray", "Tls", "Unauthenticated", "Unavailable", "bfloat16", "float8_e4m3fn",
    "float8_e5m2", "from_bfloat16", "from_float8", "to_bfloat16", "to_float8",
]
