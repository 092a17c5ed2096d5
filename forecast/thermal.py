"""A thermal model of a place whose cooling does nothing, fitted to its rise.

    T(t) = T∞ + (T0 − T∞ − F)·e^(−t/τs) + F·e^(−t/τf)

The slow part is stock and walls nearing the temperature around, T∞; the fast one the air leaving the stock's
temperature: two lumped thermal masses have this solution, and any single exponential is a special case. For fixed
(τs, τf) it is linear in (T∞, T0, F), so the posterior under Gaussian priors is exact; over a grid of (τs, τf) the
posteriors are averaged by their evidence (Bayesian model averaging).

Three stories are told of F and the times, each with its own prior: the air warms as it does whenever the compressor
rests (the rate is known from normal running); it does so in still air, which exchanges less heat with the stock; or
anything else, such as a door that stands open. Readings far from the curve are given less weight.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecast.normal import Rate
from forecast.rises import Floats, Rise

# What is believed before anything is measured: °C, seconds.
_AROUND_SD, _START_SD = 10.0, 0.3
_LEAST_GAP = 3.0
_SLOW_S = np.geomspace(2, 160, 12) * 3600.0
_FAST_S = np.geomspace(4, 240, 14) * 60.0
_TYPICAL_FAST_S, _FAST_FACTOR = 2500.0, 3.0
_STILL_FACTOR, _STILL_SPREAD = 2.1, 0.6
# Stock and walls hold about eight times the heat of the air: a slow part nine times as slow as the air alone.
_MASSES, _MASSES_SPREAD = 9.0, 0.6
_TYPICAL_SLOW_S, _SLOW_SPREAD = 30 * 3600.0, 1.0
_KNOWN, _STILL, _OTHER = 0.55, 0.35, 0.1
# °C: from a fit that no door can bend to one as fine as probe and model are.
_NOISE = 0.08
_ROUNDS = (0.4, 0.2, 0.1, _NOISE, _NOISE)
_FAR = 3.0  # times the noise
# The model is simpler than a room: what it leaves open is wider than the noise says (measured, benchmarks/forecast.py).
_HUMILITY = 2.0
_DRAWS = 64
_HORIZON_S = 72 * 3600.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a limit is reached, in seconds from now: 5 %, 50 % and 95 % of what is likely; inf: not foreseeable."""

    earliest: float
    likely: float
    latest: float


class _Story(NamedTuple):
    """A prior over all models: of F (mean, deviation) and of the model itself (logarithm, normalised)."""

    fast: Floats
    spread: Floats
    weight: Floats


class _Posterior(NamedTuple):
    likelihood: Floats
    means: Floats
    covariances: Floats


@dataclass(frozen=True, slots=True)
class Thermal:
    """Models with their weights (m), means (m, 3) and Cholesky factors (m, 3, 3) of the parameters (T∞, T0, F)."""

    slow: Floats
    fast: Floats
    weights: Floats
    means: Floats
    factors: Floats
    age_s: float  # from the start of the rise to now

    def crossing(self, limit: float) -> Crossing:
        """Return when the curve goes above the limit (°C)."""
        ahead = np.concatenate([np.arange(0.0, 7200.0, 60.0), np.geomspace(7200.0, _HORIZON_S, 200)])
        basis = _basis(self.age_s + ahead, self.slow, self.fast)
        draws = np.random.default_rng(0).standard_normal((_DRAWS, 3))  # always the same: one answer to one question
        wanders = np.einsum("mij,dj->mdi", self.factors, draws)
        weights = np.repeat(self.weights / _DRAWS, _DRAWS)
        likely = _reached(self.means[:, None] + wanders, basis, ahead, limit, weights, [0.5])
        around = _reached(self.means[:, None] + _HUMILITY * wanders, basis, ahead, limit, weights, [0.05, 0.95])
        return Crossing(min(around[0], likely[0]), likely[0], max(around[1], likely[0]))


def fit(rise: Rise, rate: Rate | None, end: float) -> Thermal:
    """Return the model of a rise of three values or more; time counts from its first value.

    rate: how fast the air warms by itself, None if unknown; end: °C that the temperature around is believed to be.
    """
    times = rise.times - rise.times[0]
    slow, fast = (each.ravel() for each in np.meshgrid(_SLOW_S, _FAST_S))
    basis = _basis(times, slow, fast)
    start = float(rise.values[:3].mean())
    gap = max(end - start, _LEAST_GAP)
    stories = _stories(slow, fast, start, gap, rate)
    believed = np.array([start + gap, start])
    trust = np.ones(len(times))
    for noise in _ROUNDS:
        precision = trust / noise**2
        found = [_posterior(basis, rise.values, believed, story, precision) for story in stories]
        weights, means, covariances = _averaged(found)
        trust = _trust(rise.values - weights @ np.einsum("mni,mi->mn", np.tile(basis, (len(stories), 1, 1)), means))
    kept = weights > 1e-4 * weights.max()
    factors = np.asarray(np.linalg.cholesky(covariances[kept]), np.float64)
    slow, fast = np.tile(slow, len(stories))[kept], np.tile(fast, len(stories))[kept]
    return Thermal(slow, fast, weights[kept] / weights[kept].sum(), means[kept], factors, float(times[-1]))


def _stories(slow: Floats, fast: Floats, start: float, gap: float, rate: Rate | None) -> list[_Story]:
    any_fast = _lognormal(fast, _TYPICAL_FAST_S, float(np.log(_FAST_FACTOR)))
    any_slow = _lognormal(slow, _TYPICAL_SLOW_S, _SLOW_SPREAD)
    other = _Story(np.full_like(fast, -0.12 * gap), np.full_like(fast, 0.15 * gap), _normalised(any_fast + any_slow))
    if rate is None:
        return [other]
    by_masses = _lognormal(slow, gap * _MASSES / rate.per_s, _MASSES_SPREAD)
    known = start - (rate.level + rate.per_s * fast)
    still = -rate.per_s * fast
    still_fast = _lognormal(fast, _TYPICAL_FAST_S * _STILL_FACTOR, _STILL_SPREAD)
    return [
        _Story(known, 0.15 * np.abs(known) + 0.1, _normalised(any_fast + by_masses) + np.log(_KNOWN)),
        _Story(still, 0.25 * np.abs(still) + 0.1, _normalised(still_fast + by_masses) + np.log(_STILL)),
        other._replace(weight=other.weight + np.log(_OTHER)),
    ]


def _lognormal(values: Floats, middle: float, spread: float) -> Floats:
    return np.asarray(-0.5 * (np.log(values / middle) / spread) ** 2)


def _normalised(weights: Floats) -> Floats:
    return np.asarray(weights - weights.max() - np.log(np.exp(weights - weights.max()).sum()))


def _basis(times: Floats, slow: Floats, fast: Floats) -> Floats:
    """Return what (T∞, T0, F) are multiplied with at each time: (m, n, 3)."""
    still = np.exp(-times[None, :] / slow[:, None])
    quick = np.exp(-times[None, :] / fast[:, None])
    return np.stack([1 - still, still, quick - still], axis=2)


def _posterior(basis: Floats, values: Floats, prior: Floats, story: _Story, precision: Floats) -> _Posterior:
    """Return the evidence, mean and covariance of the parameters of every model (Bayesian linear regression)."""
    models = len(story.fast)
    believed = np.column_stack([np.broadcast_to(prior, (models, 2)), story.fast])
    spread = np.column_stack([np.broadcast_to([_AROUND_SD, _START_SD], (models, 2)), story.spread])
    rest = values - np.einsum("mni,mi->mn", basis, believed)
    scaled = basis * precision[None, :, None]
    precisions = scaled.transpose(0, 2, 1) @ basis + np.eye(3) * (spread**-2.0)[:, :, None]
    covariances = np.asarray(np.linalg.inv(precisions), np.float64)
    pull = np.einsum("mni,mn->mi", scaled, rest)
    shift = np.einsum("mij,mj->mi", covariances, pull)
    misfit = (rest**2 * precision).sum(1) - np.einsum("mi,mi->m", pull, shift)
    likelihood = -0.5 * misfit + 0.5 * np.linalg.slogdet(covariances)[1] - np.log(spread).sum(1) + story.weight
    return _Posterior(likelihood, believed + shift, covariances)


def _averaged(found: list[_Posterior]) -> tuple[Floats, Floats, Floats]:
    likelihood, means, covariances = (np.concatenate(part) for part in zip(*found, strict=True))
    weights = np.exp(likelihood - likelihood.max())
    return weights / weights.sum(), means, covariances


def _trust(rest: Floats) -> Floats:
    """Return how much each value counts: less, the farther it lies from the curve (Cauchy weights)."""
    noise = max(_NOISE, 1.4826 * float(np.median(np.abs(rest - np.median(rest)))))
    return np.asarray(1 / (1 + (rest / (_FAR * noise)) ** 2))


def _reached(
    parameters: Floats, basis: Floats, ahead: Floats, limit: float, weights: Floats, shares: list[float]
) -> list[float]:
    """Return by when these shares of the curves are above the limit."""
    beyond = parameters @ basis.transpose(0, 2, 1) > limit
    reached = np.where(beyond.any(2), ahead[beyond.argmax(2)], np.inf).ravel()
    order = np.argsort(reached)
    found = np.searchsorted(np.cumsum(weights[order]), shares).clip(max=len(order) - 1)
    return [float(each) for each in reached[order[found]]]
