"""A child that trains and evaluates with this project's trainer."""

from __future__ import annotations

import argparse

import numpy as np

from xsample_tui.core.data.data_splits import Split
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.sweep_spec import Training

from .child import serve
from .digits import CENTRE, SIZE, digits, mask_at


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--pictures", type=int, required=True)
    parser.add_argument("--evaluated", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--micro", type=int, required=True)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--tf32", choices=("on", "off"), default="on")
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    import tensorflow as tf

    from xsample_tui.training.trainer import Trainer

    tf.config.experimental.enable_tensor_float_32_execution(given.tf32 == "on")

    data = digits(given.data, given.pictures, given.evaluated)
    everything = np.concatenate([data.train, data.test])
    labels = np.concatenate([data.train_labels, data.test_labels])
    fit, test = np.split(np.arange(len(labels)), [len(data.train)])
    dataset = Dataset(given.data, everything, labels, data.classes, len(fit))
    training = Training(batch_size=given.batch, micro_batch=given.micro, precision=given.precision)
    network = article_network(dataset.shape, data.classes)
    trainer = Trainer(network, training, 0, dataset, Split(fit, fit[:0], test, test))
    trainer.set(network.initial_weights(0), None)
    epochs = 0

    def run(what: str, kind: str = "keep", row: int = CENTRE[0], col: int = CENTRE[1], size: int = SIZE) -> int:
        nonlocal epochs
        mask = mask_at(kind, row, col, dataset.shape[:2], size)
        if what == "evaluate":
            trainer.softmax(mask, "test")
            return len(test)
        epochs += 1
        trainer.train_epoch("benchmark", mask, epochs)
        return len(fit)

    serve(run)


if __name__ == "__main__":
    main()
