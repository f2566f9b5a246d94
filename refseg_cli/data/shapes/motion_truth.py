"""What an object does in a clip, measured on how it is drawn: true, false, or too close to call."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, product
from typing import Final

from .facts import Truth
from .motion_families import PERIODS
from .motion_paths import CENTRE
from .things import Thing

Track = Mapping[int, Thing | None]
"""An object at some frames, by their number and in the order of time; None where it cannot be seen."""

Limits = tuple[float, float]
"""Up to the first a value is surely small, from the second on it is surely great."""

_MOVED: Final = (1.0, 18.0)  # pixels by which positions differ
_TURNED: Final = (0.02, 0.15)  # as a share of what makes the shape look as before
_GROWN: Final = (1.02, 1.3)  # ratio of two radii
_STRAIGHT: Final = 0.125  # most pixels aside for each pixel along


def truth(action: str, track: Track) -> Truth:
    """Tell whether an object does something.

    Args:
        action: a key of `ACTIONS`.
        track: the object at some or all frames of a clip, the centre among them.

    Returns:
        Whether it surely does, and whether it may.
    """
    return ACTIONS[action](track)


def _great(value: float, limits: Limits) -> Truth:
    return value >= limits[1], value > limits[0]


def _not(truth: Truth) -> Truth:
    return not truth[1], not truth[0]


def _all(*truths: Truth) -> Truth:
    return all(sure for sure, _ in truths), all(maybe for _, maybe in truths)


def _seen(track: Track) -> list[Thing]:
    return [thing for thing in track.values() if thing]


def _spread(values: Sequence[float]) -> float:
    return max(values) - min(values)


def _spreads(things: Sequence[Thing]) -> tuple[float, float]:
    """How far positions lie apart from left to right, and from top to bottom."""
    return _spread([thing.x for thing in things]), _spread([thing.y for thing in things])


def _moves(track: Track) -> Truth:
    return _great(max(_spreads(_seen(track))), _MOVED)


def _moves_along(axis: int) -> Callable[[Track], Truth]:
    """To and fro or one way, but along one axis."""

    def moves(track: Track) -> Truth:
        spreads = _spreads(_seen(track))
        along, aside = spreads[axis], spreads[1 - axis]
        sure, maybe = _great(along, _MOVED)
        return sure and aside <= _STRAIGHT * along, maybe and aside < along

    return moves


def _moves_towards(axis: int, sign: int) -> Callable[[Track], Truth]:
    """One way only, along one axis."""

    def moves(track: Track) -> Truth:
        things = _seen(track)
        places = [sign * (thing.x, thing.y)[axis] for thing in things]
        sure, maybe = _great(places[-1] - places[0], _MOVED)
        straight = _moves_along(axis)(track)[0] and all(after >= before for before, after in pairwise(places))
        return sure and straight, maybe

    return moves


def _spins(track: Track) -> Truth:
    things = _seen(track)
    period = PERIODS.get(things[0].shape)
    if period is None:
        return False, False
    turns = [(one.angle - other.angle) % period / period for one, other in product(things, repeat=2)]
    return _great(max(min(turn, 1 - turn) for turn in turns), _TURNED)


def _changes_size(track: Track) -> Truth:
    radii = [thing.radius for thing in _seen(track)]
    return _great(max(radii) / min(radii), _GROWN)


def _grows(track: Track, sign: int = 1) -> Truth:
    radii = [thing.radius for thing in _seen(track)][::sign]
    sure, maybe = _great(radii[-1] / radii[0], _GROWN)
    return sure and all(after >= before for before, after in pairwise(radii)), maybe


def _shrinks(track: Track) -> Truth:
    return _grows(track, -1)


def _blinks(track: Track) -> Truth:
    hidden = None in track.values()
    return hidden, hidden


def _rests(track: Track) -> Truth:
    return _all(*(_not(does(track)) for does in (_moves, _spins, _changes_size, _blinks)))


def _before(track: Track) -> Track:
    return {frame: thing for frame, thing in track.items() if frame <= CENTRE}


def _after(track: Track) -> Track:
    return {frame: thing for frame, thing in track.items() if frame >= CENTRE}


def _stops(track: Track) -> Truth:
    return _all(_moves(_before(track)), _not(_moves(_after(track))))


def _starts(track: Track) -> Truth:
    return _all(_not(_moves(_before(track))), _moves(_after(track)))


ACTIONS: Final[Mapping[str, Callable[[Track], Truth]]] = {
    "moves": _moves,
    "still": _rests,
    "spins": _spins,
    "unturned": lambda track: _not(_spins(track)),
    "sideways": _moves_along(0),
    "up and down": _moves_along(1),
    "blinks": _blinks,
    "unblinking": lambda track: _not(_blinks(track)),
    "left": _moves_towards(0, -1),
    "right": _moves_towards(0, 1),
    "up": _moves_towards(1, -1),
    "down": _moves_towards(1, 1),
    "stops": _stops,
    "starts": _starts,
    "grows": _grows,
    "shrinks": _shrinks,
}
"""What can be said of an object's motion."""
