"""Running an answer on one input again, as a plain call: nothing is hidden, nothing is limited."""

from attncourse.checks.engine.case import Case, fresh


def replay(answer, case: Case):
    """What the answer makes of a case: its result, or its own exception."""
    args, kwargs = fresh(case.args), fresh(case.kwargs)
    if case.use is not None:
        return case.use(answer, *args, **kwargs)
    if case.build is None:
        return answer(*args, **kwargs)
    module = answer(*case.build).eval()
    module = module.to(next(iter(case.state.values())).dtype)
    module.load_state_dict(case.state)
    return module(*args, **kwargs)
