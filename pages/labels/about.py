"""What the page says of itself."""

from __future__ import annotations

WHAT = r"""
A label of ten classes holds $\log_2 10 \approx 3.3$ bits; an image holds hundreds. Learning without labels can use the
images of which nobody ever said what they are, and then a few labels may suffice to name what was found.

All representations of **Few labels** were learned without any; pixels were not learned at all, and are what the others
must beat. On small, centred images that is hard: try MNIST too. From the few labels that you give, three classifiers
predict the rest:

- **Label spreading** (Zhou, Bousquet, Lal, Weston & Schölkopf 2004): every example takes on the labels of its ten
  nearest neighbours, $F \leftarrow \alpha S F + (1 - \alpha) Y$ with $\alpha = 0.9$. It uses the unlabelled examples
  too.
- **Linear**: ridge regression of the classes on the vector.
- **Nearest**: the class of the nearest labelled example.

The error is measured on all examples of the pool that have no label yet.

**One example**: of twenty characters of an alphabet one drawing each is given, and another person's drawing is to be
told (Lake, Salakhutdinov & Tenenbaum 2015: 20 runs of 20 trials, of alphabets that no model here has seen). A model
answers with the nearest of the twenty in its code, by Euclidean distance. A **prototypical network** (Snell, Swersky &
Zemel 2017) is trained for just that, on other alphabets: of every class in a batch one drawing $s_k$ is the support,
and $p(k \mid x) = \mathrm{softmax}_k(-t\,\lVert f(x) - f(s_k) \rVert^2)$ of all others is to be right. So it learns
which differences between drawings matter. Below each other code stands what it was learned from.

**Style and class** (Kingma, Mohamed, Rezende & Welling 2014): a semi-supervised VAE codes an image by its class $y$ and
its style $z$, with $p(x \mid y, z)$. The class of a few training images was given; for all others it is summed out,
$\log p(x) \ge \sum_y q(y \mid x)\,(L(x, y) - \log q(y \mid x))$ with $L(x, y)$ the bound on $\log p(x, y)$. As $y$
says the class already, $z$ is left with how it is written. What the model takes an image for shall not change with it,
a little, in the direction that changes it most (virtual adversarial training: Miyato, Maeda, Koyama & Ishii 2018).

**Back-propagation by hand**: a convolutional net of two filters, small enough that every number can be seen. Forwards,
each number is computed from those before it: weighted sums, what is above 0 (ReLU), the largest of four, a score for
each class (logit), probabilities (softmax), and the loss $-\ln p$ of the right class. Backwards, the chain rule gives
by how much the loss would change if a number changed by a little: its gradient, the sum over the numbers that depend on
it of their gradients, each times how strongly it depends. Learning takes a step against the gradient of every weight.

**Memorise** repeats an experiment of Zhang, Bengio, Hardt, Recht & Vinyals (2017): a net that classifies digits well
also reaches 100% on labels drawn at random, on permuted and on random pixels, and on noise. That it fits its training
set says nothing, then, of what it understood. The nets are trained in the browser by AdamW, in batches of 32.
"""

TRY = (
    "1. Label ten images, one of each class if you can. Which representation makes the fewest errors?\n"
    "2. Give one label that is wrong on purpose. How far does it spread? Undo it.\n"
    "3. Switch **Label spreading** to **Nearest**: what do unlabelled examples add?\n"
    "4. Let the model ask: **the least certain** instead of any. Start the **race**: does it pay, and when?\n"
    "5. Look at the errors: would you have known better?\n"
    "6. **One example**: play ten trials. Do you beat the network? Then draw a character yourself, and redraw it "
    "carelessly: which representation gives up first?\n"
    "7. **Style and class**: which rows look as if one hand had written them? Drag through the style, then draw a "
    "digit between two classes.\n"
    "8. **Back-propagation by hand**: step through, then press **Ask me** and work out one gradient yourself.\n"
    "9. **Memorise**: will it learn labels that mean nothing? Which takes longer, and what does dropout do to each?"
)
