"""Texts of the page."""

WHAT = r"""
A **representation** maps each example to a vector: its pixels, its principal components, the hidden units of a network.
Maps show two dimensions of it; alignment (Procrustes) rotates, reflects and scales each map onto the reference, so that
what still moves has really changed.

**CKA** compares all distances at once, $\lVert X^\top Y\rVert^2 / (\lVert X^\top X\rVert\,\lVert Y^\top Y\rVert)$
(Kornblith et al. 2019; debiased: Nguyen et al. 2021); **k-NN overlap** compares neighbourhoods only. Both are taken in
the full space, not on a map. **TwoNN** (Facco et al. 2017) estimates how many dimensions the examples really fill.
"""

TRY = (
    "1. Drag the morph slider. Which classes hold together, which are torn apart?\n"
    "2. Colour by *change*: where do pixels and code disagree about neighbours?\n"
    "3. Click a suggested selection: together in one representation, scattered in another. Look at its images.\n"
    "4. Add an untrained network. How much of the similarity to pixels does training really explain?\n"
    "5. **How alike?** Switch on all layers: where in the network does the code stop resembling the pixels?\n"
    "6. **What can be read out?** Under *confusions*, click a cell: which digits does only one of them mistake?\n"
    "7. *+ add*: bring vectors of your own, and see what they share with the pixels.\n"
    "8. **One image**: draw a digit and watch its neighbours change while you draw."
)
