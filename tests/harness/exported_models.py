"""Exported models, asked by a process that knows Keras or ONNX alone."""

from __future__ import annotations

CLOSE = 1e-5

ASK = """
import sys
sys.modules["xsample_tui"] = None  # What imports it fails.
import numpy as np
images = np.load("images.npy")
if sys.argv[1].endswith(".keras"):
    import keras
    model = keras.saving.load_model(sys.argv[1], safe_mode=True)
    out = model.predict(images, verbose=0)
    # Called as a function, it draws nothing either.
    assert np.abs(np.array(model(images)) - out).max() < 1e-5
else:
    from onnxruntime import InferenceSession
    session = InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
    out = session.run(None, {session.get_inputs()[0].name: images})[0]
np.save("out.npy", out)
"""
