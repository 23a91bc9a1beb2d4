"""A child that trains by Keras's ``fit``, as the article does, written again: masked images, compile, fit."""

from __future__ import annotations

import argparse

import numpy as np

from .child import serve
from .digits import CENTRE, digits, mask_at


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--pictures", type=int, required=True)
    parser.add_argument("--evaluated", type=int, required=True)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--tf32", choices=("on", "off"), default="on")
    parser.add_argument("--threads", type=int, required=True)
    given = parser.parse_args()
    import keras
    import tensorflow as tf
    from keras import layers

    tf.config.experimental.enable_tensor_float_32_execution(given.tf32 == "on")

    if given.precision != "float32":
        keras.config.set_dtype_policy(f"mixed_{given.precision}")

    data = digits(given.data, given.pictures, given.evaluated)
    shape = data.train.shape[1:]
    mask = mask_at("keep", *CENTRE, shape[:2])[..., None]
    x, x_test = ((part * mask / 255).astype(np.float32) for part in (data.train, data.test))
    y, y_test = (keras.utils.to_categorical(part, data.classes) for part in (data.train_labels, data.test_labels))
    model = keras.Sequential(
        [
            keras.Input(shape),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            # Keras's own advice: the last layer in float32, whatever the others are in.
            layers.Dense(data.classes, activation="softmax", dtype="float32"),
        ]
    )
    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="categorical_crossentropy", metrics=["accuracy"])

    def run(what: str, batch: int = given.batch, **_: object) -> int:
        if what == "evaluate":
            model.evaluate(x_test, y_test, batch_size=batch, verbose=0)
            return len(x_test)
        model.fit(x, y, batch_size=batch, epochs=1, verbose=0)
        return len(x)

    serve(run)


if __name__ == "__main__":
    main()
