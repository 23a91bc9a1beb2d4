"""The report's terms, explained."""

from __future__ import annotations

GLOSSARY: tuple[tuple[str, str], ...] = (
    ("window", "A rectangle of the image; the sweep visits many positions of one size."),
    (
        "mask",
        "Which pixels a network sees: a window's mask sets the others to zero, in training and in evaluation.",
    ),
    (
        "baseline",
        "A network trained on whole images. Several, with different seeds, show how much results vary by chance.",
    ),
    (
        "train, selection and test images",
        "Disjoint sets: to train on, to score and choose by, and to keep for the end.",
    ),
    ("errors", "Images whose most probable class is not the true one."),
    ("gain", "The baselines' mean errors minus a network's own: above 0, the network is better."),
    ("noise floor", "The standard deviation of the baselines' errors: what the seed alone changes."),
    (
        "Holm's correction",
        "Among many windows some look good by chance. The correction enlarges each p-value, so that the probability "
        "of even one false alarm stays at 5 %.",
    ),
    ("McNemar's test", "Compares two networks on the same images, by the images that only one of them has right."),
    ("blend", "One prediction made of several networks' outputs; the plain one is their mean."),
    ("log-loss", "Mean of minus the logarithm of the probability given to the true class: lower is better."),
    (
        "Brier, ECE",
        "How good the probabilities themselves are: mean squared distance, and expected calibration error.",
    ),
    (
        "Wilson's interval",
        "The 95 % confidence interval of an accuracy.",
    ),
    ("arm", "A blend that differs from another in one thing only, so that the difference says what that thing does."),
    (
        "twin",
        "The network trained on whole images from the same initial weights, with the same order of images and the "
        "same dropout as a window's: the two differ by the mask alone.",
    ),
    (
        "verdict",
        "Helps, hurts: the difference is significant at 5 %. No difference: the 90 % interval lies within the "
        "margin. Not resolved: neither; there may be a difference.",
    ),
)
