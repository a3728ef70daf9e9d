"""In the child: functions and generators among the arguments, which stay with the judge."""

import builtins

from attncourse.grading.untrusted import wire


def generator(state):
    """A generator of random numbers in the state that the judge's has."""
    import torch

    made = torch.Generator()
    made.set_state(state)
    return made


class RemoteFunction:
    """A function among the arguments: it stays with the judge, who computes on what is sent."""

    def __init__(self, number, reading, writing):
        self._number, self._reading, self._writing = number, reading, writing

    def __call__(self, *args, **kwargs):
        import torch

        tensors = [a for a in args if isinstance(a, torch.Tensor) and a.requires_grad]
        if kwargs or not tensors or not torch.is_grad_enabled():
            return self._ask("call", args, kwargs, None)
        remote = self

        class Differentiable(torch.autograd.Function):
            @staticmethod
            def forward(context, *args):
                context.args = args
                return remote._ask("call", args, {}, None)

            @staticmethod
            def backward(context, gradient):
                return tuple(remote._ask("gradient", context.args, {}, gradient))

        return Differentiable.apply(*args)

    def _ask(self, what, args, kwargs, gradient):
        asked = {"function": self._number, "args": args, "kwargs": kwargs, "gradient": gradient}
        wire.send(self._writing, {what: asked})
        reply = wire.receive(self._reading)
        if "raised" in reply:
            kind, message = reply["raised"]
            error = getattr(builtins, kind, None)
            known = isinstance(error, type) and issubclass(error, Exception)
            raise (error if known else RuntimeError)(message)
        return reply["value"]
