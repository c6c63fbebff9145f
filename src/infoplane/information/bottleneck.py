"""The information-bottleneck limit: the most any T can know of Y for what it keeps of X."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from infoplane.errors import InfoplaneError

STEPS = 2000  # self-consistent updates at one β, at most
STILL = 1e-10  # bits: less movement than this ends them


class Bottleneck(NamedTuple):
    """The curve, from large β to small: I(X;T) and I(T;Y) in bits, a value for each β."""

    beta: Float[np.ndarray, " b"]
    i_xt: Float[np.ndarray, " b"]
    i_ty: Float[np.ndarray, " b"]


def bottleneck_limit(
    p_x: Float[np.ndarray, " x"],
    p_y_given_x: Float[np.ndarray, "x y"],
    *,
    betas: Float[np.ndarray, " b"] | None = None,
) -> Bottleneck:
    """Solve the self-consistent equations of the information bottleneck, annealed from T = X.

        p(t|x) ∝ p(t) exp(-β KL[p(y|x) ‖ p(y|t)])

    Values of X with the same p(y|x) are one value: what tells them apart is nothing to Y.

    Args:
        p_x: probabilities [x], all above 0.
        p_y_given_x: rows [x, y] that add up to 1.
        betas: trade-offs, from large to small; 200 from 1000 to 1 unless given.

    Raises:
        InfoplaneError: where these are no probabilities.

    Cost: O(b s u² y) time for u distinct rows of p(y|x) and s updates.

    Source: Tishby, Pereira & Bialek 1999, physics/0004057.
    """
    _check(p_x, p_y_given_x)
    p, q = _merge(p_x, p_y_given_x)
    betas = np.geomspace(1000, 1, 200) if betas is None else np.asarray(betas, dtype=np.float64)
    encoder = np.eye(len(p))  # p(t|x), [x, t]
    points = []
    for beta in betas:
        encoder = _settle(encoder, beta, p, q)
        points.append(_information(encoder, p, q))
    i_xt, i_ty = np.array(points).T
    return Bottleneck(betas, i_xt, i_ty)


def _settle(
    encoder: Float[np.ndarray, "x t"],
    beta: float,
    p: Float[np.ndarray, " x"],
    q: Float[np.ndarray, "x y"],
) -> Float[np.ndarray, "x t"]:
    """Update the encoder until I(X;T) and I(T;Y) stand still."""
    before = _information(encoder, p, q)
    for _ in range(STEPS):
        p_t, q_t = _decoder(encoder, p, q)
        divergence = (_xlogx(q).sum(axis=1)[:, None]) - q @ _log(q_t).T  # KL in nats, [x, t]
        logits = _log(p_t) - beta * divergence
        logits -= logits.max(axis=1, keepdims=True)
        encoder = np.exp(logits)
        encoder /= encoder.sum(axis=1, keepdims=True)
        after = _information(encoder, p, q)
        if max(abs(after[0] - before[0]), abs(after[1] - before[1])) < STILL:
            break
        before = after
    return encoder


def _decoder(encoder: np.ndarray, p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return p(t) and p(y|t)."""
    joint = encoder * p[:, None]
    p_t = joint.sum(axis=0)
    return p_t, (joint.T @ q) / np.maximum(p_t, 1e-300)[:, None]


def _information(encoder: np.ndarray, p: np.ndarray, q: np.ndarray) -> tuple[float, float]:
    """Return I(X;T) and I(T;Y) in bits."""
    p_t, q_t = _decoder(encoder, p, q)
    i_xt = p @ _xlogx(encoder).sum(axis=1) - _xlogx(p_t).sum()
    i_ty = p_t @ _xlogx(q_t).sum(axis=1) - _xlogx(p @ q).sum()
    return float(i_xt / np.log(2)), float(i_ty / np.log(2))


def _merge(p: np.ndarray, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Make one value of those with the same p(y|x), to twelve digits."""
    _, first, group = np.unique(q.round(12), axis=0, return_index=True, return_inverse=True)
    return np.bincount(group.ravel(), weights=p), q[first]


def _xlogx(p: np.ndarray) -> np.ndarray:
    return p * _log(p)


def _log(p: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(p, 1e-300))


def _check(p_x: np.ndarray, p_y_given_x: np.ndarray) -> None:
    rows = p_y_given_x.sum(axis=1)
    fine = len(p_x) == len(rows) and np.allclose(rows, 1) and np.isclose(p_x.sum(), 1)
    if not fine or (p_x <= 0).any() or (p_y_given_x < 0).any():
        raise InfoplaneError(
            f"p_x of shape {p_x.shape} and p_y_given_x of shape {p_y_given_x.shape} are no "
            "probabilities; give positive p(x) and rows p(y|x), each adding up to 1."
        )
