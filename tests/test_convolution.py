"""A convolution's kernel as a table of weights."""

import pytest
import torch
from torch.nn import functional as F

from attncourse.convolution import convolution_weights


@pytest.mark.parametrize(("width", "T"), [(1, 5), (3, 7), (5, 5), (7, 2)])
def test_the_table_does_what_conv1d_does(width, T):
    kernel, x = torch.randn(width, dtype=torch.float64), torch.randn(T, 4, dtype=torch.float64)
    theirs = F.conv1d(x.T[:, None], kernel[None, None], padding=width // 2)[:, 0].T
    torch.testing.assert_close(convolution_weights(kernel, T) @ x, theirs)


def test_a_row_takes_the_word_before_itself_and_the_word_after():
    table = convolution_weights(torch.tensor([0.5, 0.3, 0.2]), 3)
    rows = [[0.3, 0.2, 0], [0.5, 0.3, 0.2], [0, 0.5, 0.3]]
    torch.testing.assert_close(table, torch.tensor(rows))


@pytest.mark.parametrize("shape", [(2,), (0,)])
def test_a_kernel_needs_a_middle(shape):
    with pytest.raises(ValueError, match="odd number of weights; got shape"):
        convolution_weights(torch.ones(shape), 4)
