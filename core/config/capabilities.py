"""What a trained model can do, by names that need no torch: a page can list the models that it shows at once."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One thing that a model can do. Its protocol, which says how, is in `core.models.capabilities`."""

    ENCODES = "encodes"  # examples to codes
    DECODES = "decodes"  # codes to examples
    DECODES_FROM_LAYERS = "decodes-from-layers"  # from each layer on the way to the code
    HAS_LAYERS = "layers"  # named representations, from the input up
    HAS_POSTERIOR = "posterior"  # Gaussian, over codes
    HAS_GIBBS_CHAIN = "gibbs-chain"  # visible and hidden layer in turn
    HAS_CONNECTIONS = "connections"  # binary units in layers, from the visibles up, with weights between neighbours
    HAS_MEAN_FIELD = "mean-field"  # beliefs about all hidden layers, which bound log p(v)
    HAS_FEATURE_MAPS = "feature-maps"  # filters that see every place of an image, and blocks that pool their maps
    LEARNS_CLASSES = "learns-classes"  # which examples are of one class, of classes never seen as well
    SEPARATES_STYLE = "style"  # what class an example is of, and in which style it is written
    SAMPLES = "samples"  # draws examples
    STEPS_PIXELS = "steps-pixels"  # p(pixel | those before it)
    STEPS_TOKENS = "steps-tokens"  # p(token | those before it)
    STEPS_SAMPLES = "steps-samples"  # p(sample of a recording | those before it)
    HAS_DILATED_LAYERS = "dilated-layers"  # gated layers, each of which looks back by its dilation
    HAS_RECURRENT_STATE = "recurrent-state"  # one state, which every sample changes, is all that is kept of a recording
    PREDICTS_LINEARLY = "predicts-linearly"  # the mean of a sample is a weighted sum of those just before it
    HAS_ATTENTION = "attention"
    HAS_HIDDEN_STATES = "hidden-states"
    HAS_BACKOFF = "backoff"  # counts of shorter and shorter contexts
