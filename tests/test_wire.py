"""What crosses to an untrusted child is data: it survives the trip, and nothing else does."""

import json
import os
import struct
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from attncourse.grading.untrusted import wire


def trip(value):
    reading, writing = os.pipe()
    try:
        wire.send(writing, value)
        return wire.receive(reading)
    finally:
        os.close(reading)
        os.close(writing)


def receive_raw(header, body=b""):
    reading, writing = os.pipe()
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    os.write(writing, struct.pack("<II", len(header), len(body)) + header + body)
    os.close(writing)
    try:
        return wire.receive(reading)
    finally:
        os.close(reading)


PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20)
KEYS = st.text(max_size=5) | st.integers(-9, 9)


@given(
    st.recursive(PLAIN, lambda x: st.lists(x, max_size=4) | st.dictionaries(KEYS, x, max_size=4))
)
def test_plain_data_survives(value):
    assert trip(value) == value


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64, torch.bool])
def test_tensors_survive_bit_by_bit(dtype):
    tensor = torch.randn(2, 3, 5).to(dtype)
    back = trip({"x": (tensor, [1])})["x"][0]
    assert back.dtype == dtype
    assert torch.equal(back, tensor)


def test_memory_layout_survives():
    tensor, array = torch.randn(3, 5).T, np.random.default_rng(0).random((2, 3, 4)).swapaxes(0, 2)
    back = trip([tensor, array])
    assert back[0].stride() == tensor.stride()
    assert back[1].strides == array.strides


def test_code_cannot_be_sent():
    with pytest.raises(wire.WireError, match="only data can be sent; got function"):
        trip(lambda: 1)


@pytest.mark.parametrize(
    "header",
    [
        b"no JSON",
        ["array", "object", [1], [0]],
        ["array", "float64", [2**40], [0]],
        ["array", "float64", [-1], [0]],
        ["array", "float64", [4], [0]],
        ["array", "float64", [1, 1], [0, 0]],
        ["pickle", "cos\nsystem\n"],
        ["plain", [1]],
        ["dict", [[["list", []], ["plain", 1]]]],
        {"a": 1},
        [],
    ],
)
def test_what_breaks_the_rules_is_refused(header):
    with pytest.raises(wire.WireError, match="not a message"):
        receive_raw(header)


def test_deep_nesting_is_refused():
    deep = "[" * 20_000
    with pytest.raises(wire.WireError):
        receive_raw(deep.encode())


def test_a_message_over_the_limit_is_refused_before_it_is_read():
    reading, writing = os.pipe()
    os.write(writing, struct.pack("<II", 2**31, 2**31))
    with pytest.raises(wire.WireError, match="may hold"):
        wire.receive(reading)


@pytest.mark.skipif(os.name == "nt", reason="Windows waits for sockets only, not for pipes")
def test_silence_ends_at_the_deadline():
    reading, _ = os.pipe()
    with pytest.raises(TimeoutError):
        wire.receive(reading, time.monotonic() + 0.05)
