"""What restricted Boltzmann machines share, whatever their visibles; the kinds stand in `core.models.boltzmann.rbm`.

One energy for all, with x(v) the input that the hidden units receive:

    E(v, h) = V(v) - h . x(v)          F(v) = V(v) - sum_j log(1 + exp x_j(v))

    Bernoulli            V = -a.v                    x = b + v W           v|h ~ Bernoulli(a + W h)
    Gaussian             V = sum (v-a)^2 / 2 s^2     x = b + (v/s) W       v|h ~ Normal(a + s W h, s^2)
    Replicated Softmax   V = -a.v                    x = D b + v W         v|h ~ Multinomial(D, softmax(a + W h))

Sources: Hinton 2002 (contrastive divergence); Hinton & Salakhutdinov 2006, supplement, and Krizhevsky 2009
(Gaussian visibles); Salakhutdinov & Hinton 2009 (Replicated Softmax, D words a document).

Every conditional takes `beta`, an inverse temperature: a number, or a column (N, 1) with one for each chain.
With `path="heat"` all energies are multiplied by it. With `path="base"` the machine goes, as beta falls to 0,
to its base-rate model: no weights, visible biases from the data's means (Salakhutdinov & Murray 2008, sec. 4.1).
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional as F

from core.models.boltzmann.config import RBMConfig
from core.models.boltzmann.known_gradients import WithGradients
from core.models.capabilities import ImageGrid
from core.numerics.matmul import affine
from core.numerics.sampling import bernoulli, ladder, pooled_bernoulli, swap_replicas

Beta = float | Tensor
Path = Literal["heat", "base"]


class RBM(nn.Module):
    """What the three kinds share. Visibles are (N, D) or (N, *event_shape), hiddens (N, H).

    Results have the type (float32, float64, ...) of the argument: the weights are cast to it.
    """

    # Bernoulli and softmax visibles are exponential families with the same V and x; Gaussian ones override.

    def __init__(self, config: RBMConfig) -> None:
        super().__init__()
        self.config = config
        visible, hidden = math.prod(config.event_shape), config.hidden
        # Hinton's guide (2010, sec. 8) starts at 0.01; centring allows the larger spread of an ordinary layer
        self.W = nn.Parameter(torch.zeros(visible, hidden))
        self.visible_bias = nn.Parameter(torch.zeros(visible))
        self.hidden_bias = nn.Parameter(torch.zeros(hidden))
        self.register_buffer("base_bias", torch.zeros(visible))  # of the base-rate model
        self.register_buffer("visible_offset", torch.zeros(visible))  # mu of the centred gradient
        self.register_buffer("hidden_offset", torch.full((hidden,), 0.5))  # lambda, likewise
        if config.negative != "cd":
            replicas = config.temperatures if config.negative == "pt" else 1
            self.register_buffer("chains", torch.zeros(replicas, config.chains, visible))
        self._cast: Tensor | None = None  # see `_cast_once`

    # -- the machine ----------------------------------------------------------------------------

    def hidden_input(self, v: Tensor) -> Tensor:
        """x(v), the total input of each hidden unit: (N, H)."""
        v = self._flat(v)
        return affine(v, self._weight(v.dtype), self.hidden_bias.to(v.dtype))

    def visible_input(self, h: Tensor) -> Tensor:
        """a + W h, the total input of each visible unit: (N, D)."""
        return affine(h, self._weight(h.dtype).t(), self.visible_bias.to(h.dtype))

    def visible_logits(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        """Natural parameters (N, D) of v given h, tempered, where V is linear in v (Bernoulli and softmax)."""
        logits = times(beta, self.visible_input(h))
        return logits + (1 - beta) * self.base_bias.to(h.dtype) if path == "base" else logits

    def hidden_probs(self, v: Tensor, beta: Beta = 1.0) -> Tensor:
        """The mean of h given v, sigmoid(beta x_j(v)): (N, H)."""
        return self.hidden_mean(times(beta, self.hidden_input(v)))

    @property
    def layer_sizes(self) -> dict[str, int]:
        """The hidden layer."""
        return {"hidden": self.config.hidden}

    def activations(self, x: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The hidden probabilities."""
        yield "hidden", self.hidden_probs(x)

    def visible_probs(self, h: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        """The mean of v given h: (N, D); for word counts, the share of each word."""
        raise NotImplementedError

    def sample_visible(self, mean: Tensor, generator: Generator, beta: Beta, path: Path, like: Tensor) -> Tensor:
        """Draw v from its conditional with the given mean; `like` is the v before (it carries D, for counts)."""
        raise NotImplementedError

    def draw_visible(
        self, h: Tensor, generator: Generator, like: Tensor, beta: Beta = 1.0, path: Path = "heat"
    ) -> Tensor:
        """Draw v (N, D) given h (N, H); `like` as in `sample_visible`."""
        return self.sample_visible(self.visible_probs(h, beta, path), generator, beta, path, like)

    def visible_energy(self, v: Tensor) -> Tensor:
        """V(v): (N,)."""
        v = self._flat(v)
        return -(v @ self.visible_bias.to(v.dtype))

    def base_energy(self, v: Tensor) -> Tensor:
        """V(v) of the base-rate model: (N,)."""
        v = self._flat(v)
        return -(v @ self.base_bias.to(v.dtype))

    def base_log_z(self, lengths: Tensor | None = None) -> Tensor:
        """log Z of the base-rate model (exact, float64), hidden units included."""
        raise NotImplementedError

    def hidden_free_energy(self, h: Tensor, length: float = 1.0) -> Tensor:
        """-log of the sum (integral) over v of exp(-E(v, h)): (N,). `length` is D, for counts."""
        raise NotImplementedError

    def energy(self, v: Tensor, h: Tensor) -> Tensor:
        """E(v, h) = V(v) - h . x(v): (N,)."""
        return self.visible_energy(v) - (h * self.hidden_input(v)).sum(-1)

    def free_energy(self, v: Tensor, beta: Beta = 1.0, path: Path = "heat") -> Tensor:
        """F(v) = -log sum_h exp(-E(v, h)): (N,), at inverse temperature `beta`."""
        x = self.hidden_input(v)
        row = beta.reshape(-1) if isinstance(beta, Tensor) else beta
        visible = row * self.visible_energy(v)
        if path == "base":
            visible = visible + (1 - row) * self.base_energy(v)
        return visible - self.log_hidden(beta * x).sum(-1)

    def gibbs_step(self, v: Tensor, generator: Generator, beta: Beta = 1.0) -> tuple[Tensor, Tensor]:
        """One sweep: h from p(h|v), then v from p(v|h). Returns the new v (N, D) and the h between."""
        return self._sweep(self._flat(v), generator, beta, "heat")

    def tempering_step(self, v: Tensor, betas: Tensor, generator: Generator) -> Tensor:
        """One sweep of parallel tempering on v (R, N, D): every replica r at betas[r] on the path to the
        base-rate model, then swaps between neighbours, accepted by Metropolis' rule on (v, h).

        betas (R,) fall from 1. Replica 0 is the machine itself. Source: Desjardins et al. 2010.
        """
        replicas, n, d = v.shape
        column = betas.to(v.dtype).repeat_interleave(n)[:, None]  # (R*N, 1)
        flat, h = self._sweep(v.reshape(replicas * n, d), generator, column, "base")
        # (V - V_base)(v) - h.x(v), the part of the energy that beta multiplies
        # in the weights' type: sums of hundreds of terms in half precision would swap at random
        v, h = flat.to(self.W.dtype), h.to(self.W.dtype)
        gap = (self.energy(v, h) - self.base_energy(v)).view(replicas, n)
        order = swap_replicas(gap, betas, generator)[..., None]  # (R, N, 1)
        return flat.view(replicas, n, d).gather(0, order.expand(-1, -1, d))

    def sample(self, n: int, generator: Generator, steps: int = 1000) -> Tensor:
        """n draws (n, *event_shape) by `steps` Gibbs sweeps from the base-rate model."""
        v = self.base_sample(n, generator)
        for _ in range(steps):
            v, _ = self.gibbs_step(v, generator)
        return v.view(n, *self.config.event_shape)

    def base_sample(self, n: int, generator: Generator) -> Tensor:
        """n draws (n, D) from the base-rate model, the far end of `path="base"`."""
        zeros = self.W.new_zeros(n, self.config.hidden)
        mean = self.visible_probs(zeros, 0.0, "base")
        return self.sample_visible(mean, generator, 0.0, "base", like=mean)

    # -- learning -------------------------------------------------------------------------------

    @torch.no_grad()
    def start_from(self, x: Tensor) -> None:
        """Set offsets and biases from training examples x (N, *event_shape), and weights at random.

        Visible biases start at the log-odds of the pixels' means (Hinton 2010, sec. 8.1).
        """
        generator = torch.Generator().manual_seed(0)
        v = self._flat(x).float()
        scale = (0.1 if self.config.centred else 0.01) / math.sqrt(self.config.hidden / 100)
        self.W.copy_(torch.randn(self.W.shape, generator=generator) * scale)
        mean = v.mean(0)
        self.visible_offset.copy_(mean)
        self._base_from(v, mean)
        self.visible_bias.copy_(self.base_bias)
        if self.config.centred:  # the centred machine starts with zero biases in its own coordinates
            self.hidden_bias.copy_(-self._drive(mean[None])[0] @ self.W)
        if self.config.negative != "cd":
            rows = torch.randint(len(v), (self.config.chains,), generator=generator)
            self.chains.copy_(v[rows].expand_as(self.chains))

    def loss(self, x: Tensor, generator: Generator) -> dict[str, Tensor]:
        """Free-energy gap between data x (N, *event_shape) and model samples, with the CD / PCD gradient.

        d/dtheta [mean F(data) - mean F(samples)] is the approximate gradient of the negative log-likelihood
        (Hinton 2002). The gap itself is no likelihood. Gradients are computed in closed form; under autocast
        the products run in its type.
        """
        compute_type = self.compute_type(x.device.type)
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False), self._cast_once(compute_type):
            v = self._flat(x).to(compute_type)
            if self.config.negative == "cd":
                x_data = self.hidden_input(v)
                v_model = self.draw_visible(self.draw_hidden(x_data, generator), generator, v)
                for _ in range(self.config.steps - 1):
                    v_model, _ = self._sweep(v_model, generator, 1.0, "heat")
                both, inputs = torch.cat([v, v_model]), torch.cat([x_data, self.hidden_input(v_model)])
            else:
                # the chains move with the weights of now: what the last update lifted at their place drives them on;
                # moving them before it would save a product in six, but cost 25 nats in five epochs of plain PCD-1
                both = torch.cat([v, self._advance_chains(compute_type, generator)])
                inputs = self.hidden_input(both)
            gap, gradients = self._gap_and_gradients(both, inputs, len(v))
        return {"loss": WithGradients.apply(gap, gradients, *self.trained_parameters())}

    @property
    def chain_buffers(self) -> dict[str, int]:
        """The persistent chains, where there are any: (temperatures, chains, D)."""
        return {} if self.config.negative == "cd" else {"chains": 1}

    @property
    def whole_batches(self) -> bool:
        """Whether draws for some rows depend on others: swaps of temperatures; the longest document of a batch."""
        return self.config.negative == "pt" or self.config.visible == "softmax"

    def metrics(self, x: Tensor, generator: Generator) -> dict[str, float]:
        """Cheap curves on examples x: squared error of one mean-field reconstruction, summed over pixels; mean F."""
        v = self._flat(x)
        back = self.visible_probs(self.hidden_probs(v))
        return {
            "reconstruction": float((v - back).square().sum(1).mean()),
            "free_energy": float(self.free_energy(v).mean()),
        }

    def progress_images(self, x: Tensor, generator: Generator) -> list[ImageGrid]:
        """Samples (persistent chains, or chains of 200 sweeps from noise), reconstructions beside held-out examples
        x (N, *event_shape), and the weights of the first hidden units."""
        v, shape = self._flat(x), self.config.event_shape
        if hasattr(self, "chains"):
            state, where = self.chains[0, :64], "the persistent chains of training"
        else:
            state, where = self.base_sample(64, generator), "Gibbs chains 200 steps after a start from noise"
            for _ in range(200):
                state, _ = self.gibbs_step(state, generator)
        samples = self.visible_probs(self.hidden_probs(state))
        pairs = torch.stack([v, self.visible_probs(self.hidden_probs(v))], 1).flatten(0, 1)  # (2 N, D)
        return [
            ImageGrid("samples", "Samples", samples.unflatten(1, shape), about=f"Visible means of {where}."),
            ImageGrid(
                "reconstructions",
                "Reconstructions",
                pairs.unflatten(1, shape),
                about="Held-out examples, each followed by its reconstruction from the hidden probabilities.",
            ),
            ImageGrid(
                "filters",
                "Filters",
                self.W[:, :100].t().unflatten(1, shape),
                signed=True,
                about=f"Weights of {min(100, self.config.hidden)} hidden units.",
            ),
        ]

    def _advance_chains(self, dtype: torch.dtype, generator: Generator) -> Tensor:
        """Move the persistent chains `steps` sweeps; returns those of the machine itself, (chains, D)."""
        chains = self.chains.to(dtype)
        if self.config.negative == "pt":
            betas = ladder(len(chains)).to(chains.device)
            for _ in range(self.config.steps):
                chains = self.tempering_step(chains, betas, generator)
        else:
            v = chains[0]
            for _ in range(self.config.steps):
                v, _ = self._sweep(v, generator, 1.0, "heat")
            chains = v[None]
        self.chains.copy_(chains)
        return chains[0]

    def _gap_and_gradients(self, both: Tensor, inputs: Tensor, n: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Closed form of the gap's value and gradients, in the order of `trained_parameters`.

        both (N+M, D): n examples of the data, then the model's samples; inputs (N+M, H): x(both). The large product
        runs in their type, all the rest in that of the weights.
        """
        kind, product_type = self.W.dtype, both.dtype
        v, x = both.to(kind), inputs.to(kind)
        share = torch.cat([v.new_full((n,), -1 / n), v.new_full((len(v) - n,), 1 / (len(v) - n))])
        # share @ f is the mean of f over samples less its mean over data
        h, drive, repeats = self.hidden_mean(x), self._drive(v), self._repeats(v)
        gap = share @ (self.log_hidden(x).sum(1) - self.visible_energy(v))
        visible_gradient = share @ self._bias_drive(v)
        hidden_gradient = (share if repeats is None else share * repeats[:, 0]) @ h
        h_mean = h[:n].mean(0) if self.config.centred or self.config.sparsity_cost else None
        if self.config.centred:
            mu, lam = self._drive(self.visible_offset[None])[0], self.hidden_offset
            drive, h = drive - mu, h - lam
        # both phases in one product, subtracted inside it: (D, N+M) @ (N+M, H)
        weighted = (share[:, None] * h).to(product_type)
        left = both if drive is v else drive.to(product_type)
        weight_gradient = affine(left.t(), weighted).to(kind)
        if self.config.centred:
            visible_gradient -= self._visible_units(weight_gradient @ lam)
            hidden_gradient -= mu @ weight_gradient
            lam.lerp_(h_mean, 0.01)
        if self.config.sparsity_cost:
            hidden_gradient += self.config.sparsity_cost * (h_mean - self.config.sparsity_target)
        return gap, (weight_gradient, visible_gradient, hidden_gradient)

    # -- what the kinds of visibles change ------------------------------------------------------

    def _drive(self, v: Tensor) -> Tensor:
        """dx/dW: what of v multiplies W on the way up, (N, D)."""
        return v

    def _bias_drive(self, v: Tensor) -> Tensor:
        """-dV/da: (N, D)."""
        return v

    def _visible_units(self, shift: Tensor) -> Tensor:
        """A shift W h of the visible input in the units of the visible bias."""
        return shift

    def _repeats(self, v: Tensor) -> Tensor | None:
        """How often each hidden bias counts, (N, 1); None stands for once."""
        return None

    def _base_from(self, v: Tensor, mean: Tensor) -> None:
        raise NotImplementedError

    # -- small parts ----------------------------------------------------------------------------

    def _sweep(self, v: Tensor, generator: Generator, beta: Beta, path: Path) -> tuple[Tensor, Tensor]:
        h = self.draw_hidden(times(beta, self.hidden_input(v)), generator)
        return self.draw_visible(h, generator, v, beta, path), h

    def _draw(self, logits: Tensor, generator: Generator) -> Tensor:
        """Draw binary states with these log-odds."""
        return pooled_bernoulli(logits, generator) if self.training else bernoulli(torch.sigmoid(logits), generator)

    # What the kinds of hidden units change: `core.models.boltzmann.layers` has linear ones.

    def hidden_mean(self, x: Tensor) -> Tensor:
        """The mean of h given its input x."""
        return torch.sigmoid(x)

    def log_hidden(self, x: Tensor) -> Tensor:
        """log of the sum (integral) over h of exp(h x), each unit's part of -F."""
        return F.softplus(x)

    def draw_hidden(self, x: Tensor, generator: Generator) -> Tensor:
        return self._draw(x, generator)

    def trained_parameters(self) -> tuple[nn.Parameter, ...]:
        """Those that have a gradient, in the order in which it is given."""
        return self.W, self.visible_bias, self.hidden_bias

    def _flat(self, v: Tensor) -> Tensor:
        """v as (N, D), checked."""
        d = len(self.visible_bias)
        if v.ndim == 2 and v.shape[1] == d:
            return v
        if tuple(v.shape[1:]) != tuple(self.config.event_shape):
            raise ValueError(
                f"visible units of shape {tuple(v.shape)}: this RBM takes (N, {d}) or (N, *{self.config.event_shape})"
            )
        return v.flatten(1)

    def _weight(self, dtype: torch.dtype) -> Tensor:
        """W in the given type."""
        if self._cast is not None and self._cast.dtype == dtype:
            return self._cast
        return self.W.to(dtype)

    @contextlib.contextmanager
    def _cast_once(self, dtype: torch.dtype) -> Iterator[None]:
        """While this holds, W does not change and is converted to `dtype` only once."""
        self._cast = self.W.to(dtype)
        try:
            yield
        finally:
            self._cast = None

    def compute_type(self, device_type: str) -> torch.dtype:
        if torch.is_autocast_enabled(device_type):
            return torch.get_autocast_dtype(device_type)
        return self.W.dtype


def times(beta: Beta, x: Tensor) -> Tensor:
    """beta * x; at beta 1, where training is, x itself."""
    return x if isinstance(beta, float) and beta == 1 else beta * x
