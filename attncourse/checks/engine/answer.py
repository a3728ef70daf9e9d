"""Running an answer: a case goes in, plain data comes out, whatever the answer does.

Checks never touch a learner's object. They ask an `Answer` to run a case and judge the `Outcome`,
which holds data only; so the same checks judge a process that nobody trusts.
"""

import sys
import warnings
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Protocol

from attncourse.checks.engine.case import SECONDS, Case, fresh, is_float_tensor, unchanged
from attncourse.checks.engine.modules import built
from attncourse.checks.engine.observe import observe, observe_error, observe_gradients
from attncourse.checks.engine.outcome import Outcome, Raised
from attncourse.checks.engine.poison import as_found, poisoned
from attncourse.checks.engine.time_limit import TimeLimitError, call_limited


class Answer(Protocol):
    """What checks talk to."""

    source: str  # the text that defines the answer, "" where it is not known

    def run(self, case: Case) -> Outcome:
        """Put the answer to work on copies of the case's arguments; never raises."""


class LocalAnswer:
    """An answer that lives in this process: the learner's own function or class.

    Args:
        function: the object itself.
        source: the text that defines it.
        seconds: how long a call may take, where its case does not say.
    """

    def __init__(self, function, source: str = "", seconds: float = SECONDS):
        self.function, self.source, self.seconds = function, source, seconds

    def run(self, case: Case) -> Outcome:
        """Put the answer to work on copies of the case's arguments; never raises."""
        args, kwargs = fresh(case.args), fresh(case.kwargs)
        names = [*range(len(args)), *kwargs]
        result, raised = self._call(case, args, kwargs)
        if raised:
            return Outcome(raised=raised)
        before, after = [*case.args, *case.kwargs.values()], [*args, *kwargs.values()]
        pairs = zip(names, before, after, strict=True)
        changed = tuple(str(name) for name, old, new in pairs if not unchanged(old, new))
        outcome = Outcome(result=observe(result), changed=changed)
        return self._with_gradients(case, outcome) if case.gradient else outcome

    def _call(self, case, args, kwargs):
        seconds = case.seconds or self.seconds
        try:
            with warnings.catch_warnings(), redirect_stdout(_Nowhere()), poisoned(), as_found():
                warnings.simplefilter("ignore")
                return call_limited(seconds, self.put_to_work, case, args, kwargs), None
        except TimeLimitError:
            return None, Raised("time limit", f"no result after {seconds:g} seconds")
        except (Exception, SystemExit, KeyboardInterrupt) as error:
            return None, observe_error(error, self.function)

    def put_to_work(self, case: Case, args, kwargs):
        """Call the answer as the case asks; what it raises is not caught."""
        if case.use is not None:
            return case.use(self.function, *args, **kwargs)
        call = self.function
        if case.build is not None:
            call = self._module = built(self.function, case)
        if case.before is not None:
            call(*fresh(case.before))
        return call(*args, **kwargs)

    def _with_gradients(self, case, outcome):
        torch = sys.modules.get("torch")
        if torch is None:
            return outcome
        args, kwargs = fresh(case.args), fresh(case.kwargs)
        named = {**dict(enumerate(args)), **kwargs}
        leaves = {str(name): x for name, x in named.items() if is_float_tensor(x)}
        for leaf in leaves.values():
            leaf.requires_grad_(True)
        if not leaves and case.build is None:
            return outcome
        with torch.enable_grad():
            result, raised = self._call(case, args, kwargs)
        if raised and (outcome.changed or "in-place operation" in raised.message):
            # In place on an input that wants a gradient: PyTorch's complaint hides the mistake.
            return replace(outcome, changed=outcome.changed or tuple(leaves)[:1])
        if raised:
            return replace(outcome, raised=raised)
        if case.build is not None:
            leaves |= dict(self._module.named_parameters())
        gradients, error = observe_gradients(torch, result, leaves)
        backward = None if error is None else observe_error(error, self.function)
        return replace(outcome, gradients=gradients, backward=backward)


class _Nowhere:
    """Swallows what an answer prints while it is checked on many inputs."""

    def write(self, text):
        return len(text)

    def flush(self):
        pass
