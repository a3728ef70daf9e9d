"""What crosses between the judge and a child that nobody trusts: data, bounded, never code.

A message is a length, a JSON header and raw array bytes. Reading checks every size against the
bytes that really came; nothing is ever unpickled or evaluated.
"""

import json
import math
import os
import select
import struct
import sys
import time
from dataclasses import dataclass

import numpy as np

LIMIT = 64 * 2**20  # bytes of one message
DEPTH = 12  # of nested lists and dictionaries
DTYPES = (
    *("bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "bfloat16", "float32", "float64", "complex64", "complex128"),
)
PLAIN = frozenset((type(None), bool, int, float, str))
_PREFIX = struct.Struct("<II")  # bytes of header, bytes of arrays


class WireError(Exception):
    """What came is no message: too long, cut short, or not of the agreed form."""


@dataclass(frozen=True)
class Handle:
    """Stands for something that is no data: what `kind` of thing, and which one or its state."""

    kind: str
    value: object


def send(file: int, message: object, deadline: float | None = None) -> None:
    """Write one message to a file descriptor; raises as `pack` and `write` do."""
    write(file, pack(message), deadline)


def pack(message: object, limit: int = LIMIT, header_limit: int = LIMIT) -> bytes:
    """A message as bytes; raises WireError where it is too long, or holds what is no data."""
    blobs: list[bytes] = []
    header = json.dumps(_pack(message, blobs), allow_nan=True).encode()
    size = len(header) + sum(map(len, blobs))
    if size > limit or len(header) > header_limit:
        raise WireError(f"a message may hold {limit} bytes; got {size}")
    body = b"".join(blobs)
    return _PREFIX.pack(len(header), len(body)) + header + body


def write(file: int, packed: bytes, deadline: float | None = None) -> None:
    """Write bytes; raises TimeoutError if they are not read before `deadline` (time.monotonic)."""
    rest = memoryview(packed)
    while rest:
        _wait(file, deadline, writing=True)
        rest = rest[os.write(file, rest[:65536]) :]


def receive(
    file: int, deadline: float | None = None, limit: int = LIMIT, header_limit: int = LIMIT
) -> object:
    """Read one message of at most `limit` bytes from a file descriptor.

    Raises:
        EOFError: the other side is gone.
        TimeoutError: nothing complete came before `deadline` (time.monotonic).
        WireError: what came breaks the rules above.
    """
    header_size, body_size = _PREFIX.unpack(_read(file, _PREFIX.size, deadline))
    if header_size + body_size > limit or header_size > header_limit:
        raise WireError(f"a message may hold {limit} bytes; got {header_size + body_size}")
    header, body = _read(file, header_size, deadline), _read(file, body_size, deadline)
    try:
        return _unpack(json.loads(header), memoryview(body), DEPTH)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, OverflowError) as error:
        raise WireError(f"not a message: {type(error).__name__}") from None


def _read(file, size, deadline):
    pieces, missing = [], size
    while missing:
        _wait(file, deadline, writing=False)
        piece = os.read(file, min(missing, 1 << 20))
        if not piece:
            raise EOFError("the other side is gone")
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _wait(file, deadline, *, writing):
    if deadline is None:
        return
    left = max(0.0, deadline - time.monotonic())
    ready = select.select([], [file], [], left) if writing else select.select([file], [], [], left)
    if not any(ready):
        raise TimeoutError("no answer in time")


def _pack(value, blobs):
    """A value as JSON: a plain value as itself, any other as [kind, …]; array bytes in `blobs`."""
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind in (list, tuple):
        parts = [part if type(part) in PLAIN else _pack(part, blobs) for part in value]
        return ["list" if kind is list else "tuple", parts]
    if kind is dict:
        return ["dict", [[_pack(k, blobs), _pack(v, blobs)] for k, v in value.items()]]
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _pack_tensor(torch, value, blobs)
    if isinstance(value, np.ndarray | np.generic):
        return _pack_array("array", np.asarray(value), str(value.dtype), blobs)
    if isinstance(value, Handle):
        return ["handle", value.kind, _pack(value.value, blobs)]
    for plain in (list, tuple, dict, bool, int, float, str):  # a subclass goes as what it is
        if isinstance(value, plain):
            return _pack(plain(value), blobs)
    raise WireError(f"only data can be sent; got {kind.__name__}")


def _pack_tensor(torch, tensor, blobs):
    plain = tensor.detach().cpu()
    dtype = str(plain.dtype).removeprefix("torch.")
    bits = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain
    return _pack_array("tensor", bits.numpy(), dtype, blobs)


def _pack_array(kind, array, dtype, blobs):
    """Axes travel in memory order, so that a non-contiguous array stays one."""
    order = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    blobs.append(np.ascontiguousarray(array.transpose(order)).tobytes())
    return [kind, dtype, list(array.shape), order]


def _unpack(node, body, depth):
    value, rest = _unpack_some(node, body, depth)
    if rest:
        raise ValueError("bytes are left over")
    return value


def _unpack_some(node, body, depth):
    if type(node) in PLAIN:
        return node, body
    if depth < 0:
        raise ValueError("nested too deeply")
    kind, *parts = node
    if kind in ("array", "tensor"):
        return _unpack_array(kind, *parts, body)
    if kind == "handle":
        value, body = _unpack_some(parts[1], body, depth - 1)
        return Handle(str(parts[0]), value), body
    items, (children,) = [], parts
    pairs = kind == "dict"
    for child in [c for pair in children for c in pair] if pairs else children:
        if type(child) not in PLAIN:
            child, body = _unpack_some(child, body, depth - 1)
        items.append(child)
    if pairs:
        return dict(zip(items[::2], items[1::2], strict=True)), body
    return {"list": list, "tuple": tuple}[kind](items), body


def _unpack_array(kind, dtype, shape, order, body):
    if dtype not in DTYPES or sorted(order) != list(range(len(shape))) or len(shape) > 16:
        raise ValueError("not an array")
    if not all(type(size) is int and 0 <= size <= LIMIT for size in shape):
        raise ValueError("not a shape")
    stored = np.dtype("int16" if dtype == "bfloat16" else dtype)
    size = math.prod(shape) * stored.itemsize
    if size > len(body):
        raise ValueError("bytes are missing")
    flat = np.frombuffer(body[:size], dtype=stored).copy()
    array = flat.reshape([shape[axis] for axis in order]).transpose(np.argsort(order))
    return (array if kind == "array" else _as_tensor(array, dtype)), body[size:]


def _as_tensor(array, dtype):
    import torch

    tensor = torch.from_numpy(array)
    return tensor.view(torch.bfloat16) if dtype == "bfloat16" else tensor
