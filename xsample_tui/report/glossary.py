"""The words of the report, explained for those who do not have the tool."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("window", "A rectangle of the picture; the sweep visits many positions of one size."),
    ("mask", "Which pixels a network sees: under a window's mask the others are set to zero, in training and after."),
    (
        "baseline",
        "A network trained on whole pictures. Several, with different random seeds, show how large chance is.",
    ),
    ("fit, select, test", "Disjoint sets of pictures: to train on, to judge and choose by, and to keep for the end."),
    ("errors", "Pictures whose most probable class is not the true one."),
    ("gain", "The baselines' mean errors minus a network's own: above 0, the network is better."),
    ("noise floor", "The standard deviation of the baselines' errors: what the seed alone changes."),
    (
        "Holm's correction",
        "Among many windows some look good by chance. It makes each p-value large enough that a false alarm among "
        "all of them stays as improbable as one alone was to be (5 %).",
    ),
    ("McNemar's test", "Compares two networks on the same pictures, by those that only one of them has right."),
    ("blend", "One prediction made of several networks' outputs; the plain one is their mean."),
    ("log-loss", "Mean of minus the logarithm of the probability given to the true class: lower is better."),
    ("Brier, ECE", "How good the probabilities are as such: mean squared distance, and expected calibration error."),
    (
        "Wilson's interval",
        "Where a true accuracy lies with 95 % confidence, given so many right pictures of so many.",
    ),
    ("arm", "A blend that differs from another in one thing only, so that the difference says what that thing does."),
    (
        "twin",
        "The network trained on whole pictures from the same initial weights, with the same order of images and the "
        "same dropout as a window's: the two differ by the mask alone.",
    ),
    (
        "verdict",
        "Helps or hurts where the difference is found at 5 %; no difference where the 90 % interval lies within the "
        "margin; otherwise not resolved, which does not say that there is none.",
    ),
)
