"""Counting the bytes that a computation holds at once.

Times depend on the machine, and on what else it does; bytes do not. On PyTorch's meta device, whose
tensors have a shape and no numbers, bytes can be counted for sizes that no memory would hold.
"""

import weakref
from collections.abc import Callable

from torch import Tensor, UntypedStorage
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


def peak_bytes(call: Callable[[], object]) -> int:
    """Count the most bytes of new tensors that are alive at once while `call` runs.

    What the call was given does not count, nor does what one operation of PyTorch uses inside.
    """
    with _Alive() as alive:
        call()
    return alive.peak


class _Alive(TorchDispatchMode):
    """Sees every operation; adds the storage of what is new and takes it off when it dies."""

    def __init__(self):
        super().__init__()
        self.now = self.peak = 0
        self.known: weakref.WeakSet[UntypedStorage] = weakref.WeakSet()

    def __torch_dispatch__(self, operation, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        self.known.update(_storages((args, kwargs)))  # given, or made before: not new
        made = operation(*args, **kwargs)
        for storage in _storages(made):
            if storage not in self.known:
                self._add(storage)
        return made

    def _add(self, storage: UntypedStorage) -> None:
        self.known.add(storage)
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self._take_off, storage.nbytes())

    def _take_off(self, nbytes: int) -> None:
        self.now -= nbytes


def _storages(tree: object) -> list[UntypedStorage]:
    return [leaf.untyped_storage() for leaf in tree_leaves(tree) if isinstance(leaf, Tensor)]
