"""When to look: schedules of epochs."""

from __future__ import annotations


def observed_epochs(schedule: str, last: int, *, every: int = 20, points: int = 50) -> list[int]:
    """Return the epochs of a schedule in 0..last, always with the first and the last."""
    match schedule:
        case "every":
            epochs = set(range(0, last + 1, every))
        case "log":
            epochs = log_spaced(last, points)
        case _:
            epochs = {e for e in range(last + 1) if published(e)}
    return sorted(epochs | {0, last})


def published(epoch: int) -> bool:
    """Whether the schedule of Saxe et al. (2018) looks at this epoch."""
    for below, every in ((20, 1), (100, 5), (2000, 20)):
        if epoch < below:
            return epoch % every == 0
    return epoch % 100 == 0


def log_spaced(last: int, points: int) -> set[int]:
    """Return about ``points`` epochs from 0, evenly on the axis of log(1 + epoch)."""
    steps = max(points - 1, 1)
    return {round((1 + last) ** (i / steps)) - 1 for i in range(points)}


def thinned(epochs: list[int], most: int) -> list[int]:
    """Return at most ``most`` of some epochs, about evenly on the axis of log(1 + epoch).

    The first and the last are always among them.
    """
    wanted = sorted(log_spaced(epochs[-1], most))
    nearest = {min(epochs, key=lambda epoch: abs(epoch - target)) for target in wanted}
    return sorted(nearest | {epochs[0], epochs[-1]})
