"""A learner's module, built with the parameters that a case brings."""

from attncourse.checks.engine.case import Case


class ParameterError(Exception):
    """A module that cannot take the parameters of the exercise; its words are for the learner."""


def seeded_state(module, dtype) -> dict:
    """Parameters that no initialisation would give, the same everywhere: biases are not zero."""
    import torch

    generator = torch.Generator().manual_seed(0)
    state = module.state_dict()
    for name, value in state.items():
        if value.is_floating_point():
            noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
            state[name] = (noise / max(1, value[0].numel()) ** 0.5).to(dtype)
    return state


def built(function, case: Case):
    """The module of a case, parameters loaded, in the mode that the case asks for.

    Raises:
        ParameterError: names or shapes of its parameters are not those of the exercise.
    """
    module = function(*case.build)
    if not hasattr(module, "load_state_dict"):
        raise ParameterError(f"the class is no nn.Module; it made {type(module).__name__}")
    module = module.train(case.training).to(next(iter(case.state.values())).dtype)
    _require_shapes(module, case.state)
    found = module.load_state_dict(case.state, strict=False)
    learned = {name for name, _ in module.named_parameters()}
    extra = sorted(learned.intersection(found.missing_keys))
    if found.unexpected_keys or extra:
        raise ParameterError(_told(module, sorted(found.unexpected_keys), extra))
    return module


def _require_shapes(module, state):
    own = module.state_dict()
    for name, due in state.items():
        if name in own and own[name].shape != due.shape:
            shapes = f"{tuple(own[name].shape)}; the exercise asks for {tuple(due.shape)}"
            raise ParameterError(f"{name} has shape {shapes}")


def _told(module, missing: list[str], extra: list[str]) -> str:
    """Which parameters are missing, which are too many, and which are there but not registered."""
    parts = []
    if hidden := [name for name in missing if _is_plain(module, name)]:
        parts.append(f"not registered: {', '.join(hidden)} (wrap a tensor in nn.Parameter)")
    if listed := sorted({name.split(".")[0] for name in missing if _is_listed(module, name)}):
        parts.append(f"modules in a plain list: {', '.join(listed)} (use nn.ModuleList)")
    if rest := [n for n in missing if n not in hidden and n.split(".")[0] not in listed]:
        parts.append(f"missing: {', '.join(rest)}")
    if extra:
        parts.append(f"not asked for: {', '.join(extra)}")
    return "; ".join(parts)


def _is_plain(module, name: str) -> bool:
    return hasattr(getattr(module, name, None), "detach")


def _is_listed(module, name: str) -> bool:
    things = getattr(module, name.split(".")[0], None)
    return isinstance(things, list | tuple | dict)
