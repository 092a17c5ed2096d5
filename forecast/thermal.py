"""A thermal model of a place whose cooling does nothing, fitted to its rise.

    T(t) = T∞ + (T0 − T∞ − F)·e^(−t/τs) + F·e^(−t/τf)

The slow part is stock and walls nearing the ambient temperature T∞, the fast one the air leaving the stock's
temperature: two lumped thermal masses between a source and an ambient have this solution, and any single exponential
is a special case. For fixed (τs, τf) it is linear in (T∞, T0, F), so the posterior under Gaussian priors is exact;
over a grid of (τs, τf) the posteriors are averaged by their evidence. Readings far above the curve (an open door) are
given less weight, by reweighting with what the fit before leaves.
"""

from dataclasses import dataclass

import numpy as np

from forecast.normal import Binned, Floats

# What is believed before anything is measured: °C.
_AMBIENT, _AMBIENT_SD = 20.0, 12.0
_START_SD = 0.5
_FAST, _FAST_SD = -0.5, 1.5
# No probe and no model is better than this.
_NOISE_FLOOR = 0.05
_SLOW_S = np.geomspace(4, 120, 10) * 3600.0
_FAST_S = np.array([2, 5, 10, 20, 40]) * 60.0
# °C: from a fit that no door can bend to one as fine as the probe.
_ROUNDS = (0.4, 0.2, 0.1, _NOISE_FLOOR, _NOISE_FLOOR)
_DRAWS = 64
_HORIZON_S = 72 * 3600.0


@dataclass(frozen=True, slots=True)
class Crossing:
    """When a limit is reached, in seconds from now: 5 %, 50 % and 95 % of what is likely; inf: not foreseeable."""

    earliest: float
    likely: float
    latest: float


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
        draws = np.random.default_rng(0).standard_normal((_DRAWS, 3))  # always the same: one answer to one question
        parameters = self.means[:, None, :] + np.einsum("mij,dj->mdi", self.factors, draws)
        curves = parameters @ _basis(self.age_s + ahead, self.slow, self.fast).transpose(0, 2, 1)
        beyond = curves > limit
        reached = np.where(beyond.any(2), ahead[beyond.argmax(2)], np.inf)
        return _quantiles(reached.ravel(), np.repeat(self.weights / _DRAWS, _DRAWS))


def fit(rise: Binned) -> Thermal:
    """Return the model of a rise of three values or more; time counts from its first value."""
    times = rise.times - rise.times[0]
    slow, fast = (each.ravel() for each in np.meshgrid(_SLOW_S, _FAST_S))
    basis = _basis(times, slow, fast)
    prior = np.array([_AMBIENT, float(rise.values[:3].mean()), _FAST])
    trust = np.ones(len(times))
    for noise in _ROUNDS:
        weights, means, covariances = _posterior(basis, rise.values, prior, trust / noise**2)
        trust = _trust(rise.values - weights @ np.einsum("mni,mi->mn", basis, means))
    factors = np.asarray(np.linalg.cholesky(covariances), np.float64)
    return Thermal(slow, fast, weights, means, factors, float(times[-1]))


def _basis(times: Floats, slow: Floats, fast: Floats) -> Floats:
    """Return what (T∞, T0, F) are multiplied with at each time: (m, n, 3)."""
    still = np.exp(-times[None, :] / slow[:, None])
    quick = np.exp(-times[None, :] / fast[:, None])
    return np.stack([1 - still, still, quick - still], axis=2)


def _posterior(basis: Floats, values: Floats, prior: Floats, precision: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the weight, mean and covariance of the parameters of every model (Bayesian linear regression)."""
    spread = np.array([_AMBIENT_SD, _START_SD, _FAST_SD])
    rest = values - basis @ prior
    scaled = basis * precision[None, :, None]
    precisions = scaled.transpose(0, 2, 1) @ basis + np.diag(spread**-2.0)
    covariances = np.asarray(np.linalg.inv(precisions), np.float64)
    pull = np.einsum("mni,mn->mi", scaled, rest)
    shift = np.einsum("mij,mj->mi", covariances, pull)
    misfit = (rest**2 * precision).sum(1) - np.einsum("mi,mi->m", pull, shift)
    evidence = -0.5 * misfit + 0.5 * np.linalg.slogdet(covariances)[1]
    weights = np.exp(evidence - evidence.max())
    return weights / weights.sum(), prior + shift, covariances


def _trust(rest: Floats) -> Floats:
    """Return how much each value counts: less, the farther it lies from the curve, least for what lies above."""
    noise = max(_NOISE_FLOOR, 1.4826 * float(np.median(np.abs(rest - np.median(rest)))))
    above, below = np.maximum(rest, 0) / (2 * noise), np.minimum(rest, 0) / (4 * noise)
    return np.asarray(1 / (1 + above**2) / (1 + below**2))


def _quantiles(reached: Floats, weights: Floats) -> Crossing:
    order = np.argsort(reached)
    shares = np.cumsum(weights[order])
    found = np.searchsorted(shares, [0.05, 0.5, 0.95]).clip(max=len(order) - 1)
    return Crossing(*(float(reached[order[i]]) for i in found))
